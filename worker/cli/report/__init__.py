"""Reports for people: built once as sheets, shown as text, Markdown, JSON or a page."""
