"""Which of a shop's policies a complaint falls under.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.rules import Policy, ShopRules

if TYPE_CHECKING:
    from complaints.model import Complaint

_TERMS = ("due_days", "respond_hours", "update_hours", "resolve_hours", "pauses")


def rules_for(complaint: Complaint, rules: ShopRules, provider: str) -> ShopRules:
    """The rules with the terms of the first policy that a complaint falls under, if it does.

    ``provider`` is that of the account that told of it first.
    """
    policy = next((one for one in rules.policies if fits(one, complaint, rules, provider)), None)
    if policy is None:
        return rules
    terms = {name: getattr(policy, name) for name in _TERMS if getattr(policy, name) is not None}
    return rules.model_copy(update={**terms, "policy": policy.name})


def fits(policy: Policy, complaint: Complaint, rules: ShopRules, provider: str) -> bool:
    """Whether all that a policy asks is so; amounts count in the shop's own currency alone."""
    claimed = complaint.claimed if complaint.claimed_in in {"", rules.currency} else None
    return (
        (not policy.origin or provider in policy.origin)
        and (not policy.channel or complaint.channel in policy.channel)
        and (not policy.category or complaint.category in policy.category)
        and (not policy.remedy or complaint.remedy in policy.remedy)
        and (
            policy.claimed_from is None or (claimed is not None and claimed >= policy.claimed_from)
        )
        and (
            policy.claimed_below is None or (claimed is not None and claimed < policy.claimed_below)
        )
    )
