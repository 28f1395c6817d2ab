"""BizKitHub's admin backend, /bff/*: no contract, and for signed-in people only.

One call is played, POST /bff/complaint/create; its page prints an API key, an article says that a
session cookie is needed. Everything else under /bff is refused or not there.
"""

from __future__ import annotations

from providers.sandbox import bizkithub_shapes as shapes
from providers.sandbox.bizkithub_complaints import Complaints
from providers.sandbox.bizkithub_errors import check_key
from providers.sandbox.bizkithub_site import Site
from providers.sandbox.exchange import HTML, TEXT, Answer, Request, as_json

NOT_FOUND = Answer(404, b"NOT_FOUND", TEXT)

_SIGN_IN = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
_TO_SIGN_IN = Answer(302, b"", TEXT, headers=((b"location", b"/login"),))


class Admin:
    """Lets a session in, and a key only behind the knob `bff_accepts_bearer`."""

    def __init__(self, site: Site, complaints: Complaints) -> None:
        self._site = site
        self._complaints = complaints

    def answer(self, request: Request) -> Answer:
        """Answer one call below /bff/."""
        if not self._let_in(request):
            return self._refusal()
        if (request.method, request.path) == ("POST", "/bff/complaint/create"):
            return self._site.write(
                request, shapes.ADMIN_COMPLAINT_CREATE, self._complaints.create_as_admin
            )
        return NOT_FOUND

    def _let_in(self, request: Request) -> bool:
        config = self._site.stage.config
        if request.cookies.get(config.bizkithub_session_cookie) == config.bizkithub_session:
            return True
        if not self._site.stage.knobs.bff_accepts_bearer:
            return False
        return check_key(request, self._site.stage) is None

    def _refusal(self) -> Answer:
        match self._site.stage.knobs.bff_refusal:
            case "401":
                return self._site.error(
                    401, "INTERNAL_USER_MUST_BE_AUTHORIZED", "User must be authorized."
                )
            case "session_expired":
                return as_json(401, {"error": "SESSION_EXPIRED"})
            case "404":
                return NOT_FOUND
            case "html":
                return Answer(200, _SIGN_IN, HTML)
            case "redirect":
                return _TO_SIGN_IN
