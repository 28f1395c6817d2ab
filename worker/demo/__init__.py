"""A story from start to end: customers, staffs and providers act, and Redress has to keep up."""
