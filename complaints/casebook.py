"""The records of one batch, by id and by name: found, made, joined, and what changed of them.

Pure: the store loads it and saves what changed.  Inside a batch later observations see what
earlier ones have changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from complaints import telling
from complaints.lifecycle import Ruling
from complaints.model import Change, Complaint, File, Mirror, Order, OrderKey, OrderSaid, Push
from complaints.numbers import spell
from complaints.vocabulary import (
    AccountName,
    ComplaintNumber,
    ExternalId,
    Hold,
    OrderSpace,
    PushKind,
    PushState,
    ShopName,
    Source,
)
from complaints.wishes import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from complaints.pauses import Pause
    from complaints.rules import AccountProfile


class Fresh(NamedTuple):
    """Ids that nothing has yet."""

    complaint: int
    mirror: int
    order: int


class Name(NamedTuple):
    """By what a complaint goes: here, and to people."""

    id: int
    number: ComplaintNumber


class Loaded(NamedTuple):
    """What the store knows of everything that a batch names, and unused ids for the rest."""

    orders: Iterable[Order] = ()
    complaints: Iterable[Complaint] = ()
    mirrors: Iterable[Mirror] = ()
    pushes: Iterable[Push] = ()
    files: Iterable[tuple[int, File]] = ()
    """By the complaint's id."""
    conflicts: Iterable[tuple[int, int]] = ()
    """Those that are open: the complaint's id and the conflict's."""
    stills: Iterable[tuple[int | AccountName, Pause]] = ()
    """Holds by the complaint's id, outages by the account."""
    fresh: Iterable[Fresh] = ()
    serials: Iterable[int] = ()


class Casebook:
    """Orders, complaints, mirrors, pushes and files that a batch may touch."""

    def __init__(self, loaded: Loaded) -> None:
        self._orders = {order.id: order for order in loaded.orders}
        self._complaints = {complaint.id: complaint for complaint in loaded.complaints}
        self._mirrors = {mirror.id: mirror for mirror in loaded.mirrors}
        self._pushes: dict[int, list[Push]] = {}
        for push in loaded.pushes:
            self.add_push(push)
        self._files: dict[int, list[File]] = {}
        for complaint_id, file in loaded.files:
            self.add_file(complaint_id, file)
        self._conflicts = dict(loaded.conflicts)
        self._stills: dict[int | AccountName, list[Pause]] = {}
        for whose, still in loaded.stills:
            self._stills.setdefault(whose, []).append(still)
        self._fresh = iter(loaded.fresh)
        self._serials = iter(loaded.serials)
        self._names: dict[tuple[AccountName, ExternalId], Name] = {}
        self._order_by_key = {
            (o.shop, k.space, k.value): o.id for o in self._orders.values() for k in o.keys
        }
        self._mirror_by_name = {
            (m.account, m.external_id): m.id for m in self._mirrors.values() if m.external_id
        }
        self._mirror_by_alias = {
            (m.account, m.alias): m.id for m in self._mirrors.values() if m.alias
        }
        self._mirrors_of: dict[int, set[int]] = {}
        self._mirrors_of_order: dict[int, set[int]] = {}
        for mirror in self._mirrors.values():
            self._index(mirror)
        self._complaints_of: dict[int, set[int]] = {}
        for complaint in self._complaints.values():
            if complaint.order_id is not None:
                self._complaints_of.setdefault(complaint.order_id, set()).add(complaint.id)
        self._merged: dict[int, set[int]] = {}
        for complaint in self._complaints.values():
            if complaint.merged_into is not None:
                self._merged.setdefault(complaint.merged_into, set()).add(complaint.id)
        self._by_number = {c.number: c.id for c in self._complaints.values()}
        self.explained = {
            complaint.id: (complaint, self._orders.get(complaint.order_id or 0))
            for complaint in self._complaints.values()
        }
        """Complaints and their orders as the newest decision of each tells them."""
        self._changed_orders: set[int] = set()
        self._changed_complaints: set[int] = set()
        self._changed_mirrors: dict[int, Source | str] = {}
        self._new_keys: dict[tuple[ShopName, OrderSpace, str], int] = {}
        self.stirred: set[int] = set()
        """Orders of which something new was told (an id, a fact, whose case), or that took others
        in."""
        self.placed: set[int] = set()
        """Orders of which records came, or that took others in: whose case they are is open."""
        self.gone_orders: list[int] = []

    # -- complaints ----------------------------------------------------------------------

    def complaint(self, id_: int) -> Complaint:
        """One that is known here."""
        return self._complaints[id_]

    def numbered(self, number: ComplaintNumber | None) -> Complaint | None:
        """The complaint with this number, if it is known here."""
        return self._complaints.get(self._by_number.get(number or ComplaintNumber(""), 0))

    def complaints_of(self, order_id: int | None) -> list[int]:
        """Ids of the complaints that hang on an order, also of those that were merged away."""
        return sorted(self._complaints_of.get(order_id or 0, ()))

    def root(self, id_: int) -> Complaint:
        """The complaint itself, or the one that it was merged into."""
        complaint = self._complaints[id_]
        into = complaint.merged_into
        return complaint if into is None else self._complaints[into]

    def head(self, id_: int) -> Complaint:
        """Where people's words alone lead from a complaint."""
        complaint = self._complaints[id_]
        while complaint.by_hand and complaint.joined is not None:
            complaint = self._complaints[complaint.joined]
        return complaint

    def family(self, id_: int) -> list[int]:
        """A complaint and those that were merged into it."""
        return [id_, *sorted(self._merged.get(id_, ()))]

    def remember(self, names: Mapping[tuple[AccountName, ExternalId], Name]) -> None:
        """A complaint that is opened on one of these records had this name before."""
        self._names.update(names)

    def next_name(
        self, account: AccountName, external_id: ExternalId, promised: ComplaintNumber | None
    ) -> Name:
        """What a complaint is called that is opened on a record, by the number promised if any."""
        known = self._names.get((account, external_id))
        if known is not None:
            return known
        return Name(next(self._fresh).complaint, promised or spell(next(self._serials)))

    def put_complaint(self, complaint: Complaint) -> None:
        """Add or change a complaint."""
        before = self._complaints.get(complaint.id)
        if before is not None and before.merged_into is not None:
            self._merged[before.merged_into].discard(complaint.id)
        if complaint.merged_into is not None:
            self._merged.setdefault(complaint.merged_into, set()).add(complaint.id)
        self._complaints[complaint.id] = complaint
        self._by_number[complaint.number] = complaint.id
        self._changed_complaints.add(complaint.id)

    def level(self, root: Complaint) -> None:
        """Let what was merged into a complaint stand as that one does.

        What it stood at before is in its decisions; that would hang on when it was merged.
        """
        stands = {"status": root.status, "outcome": root.outcome, "conflict": root.conflict}
        for id_ in sorted(self._merged.get(root.id, ())):
            gone = self._complaints[id_]
            if any(getattr(gone, name) != value for name, value in stands.items()):
                self.put_complaint(gone.model_copy(update=stands))

    def join(self, places: Mapping[int, int | None], *, by_hand: bool = False) -> list[int]:
        """Make complaints one with others, or (None) let them stand by themselves.

        All that belongs to them goes along.  Returns the ids of the wholes that have changed.
        """
        moved = [
            id_
            for id_, to in places.items()
            if (self._complaints[id_].joined, self._complaints[id_].by_hand) != (to, by_hand)
        ]
        kin = {one for id_ in moved for one in self.family(self.root(id_).id)}
        kin |= {self.root(to).id for id_ in moved if (to := places[id_]) is not None}
        kin |= {one for id_ in list(kin) for one in self.family(id_)}
        before = {id_: self.root(id_).id for id_ in kin}
        for id_ in moved:
            update = {"joined": places[id_], "by_hand": by_hand}
            self.put_complaint(self._complaints[id_].model_copy(update=update))
        after = {id_: self._end_of(id_) for id_ in kin}
        changed = sorted(id_ for id_ in kin if before[id_] != after[id_])
        for id_ in changed:
            into = None if after[id_] == id_ else after[id_]
            self.put_complaint(self._complaints[id_].model_copy(update={"merged_into": into}))
        for mirror in [m for root in set(before.values()) for m in self.mirrors_of(root)]:
            if mirror.home is not None and after.get(mirror.home) != mirror.complaint_id:
                self.put_mirror(mirror.model_copy(update={"complaint_id": after[mirror.home]}))
        if by_hand:
            self.placed |= {
                mirror.order_id
                for root in set(after.values())
                for mirror in self.mirrors_of(root)
                if mirror.order_id is not None
            }
        return sorted({root for id_ in changed for root in (before[id_], after[id_])})

    def _end_of(self, id_: int) -> int:
        """Where a complaint's way leads; of a circle the one that was opened first."""
        way = [id_]
        while (next_ := self._complaints[way[-1]].joined) is not None:
            if next_ in way:
                circle = way[way.index(next_) :]
                return min(circle, key=lambda one: (self._complaints[one].born, one))
            way.append(next_)
        return way[-1]

    def bind(self, complaint_id: int) -> None:
        """Hang a complaint on the order of the first of its records that has one.

        What was merged into it hangs on none by itself.
        """
        records = sorted(
            self.mirrors_of(complaint_id),
            key=lambda m: (m.home != complaint_id, m.first, m.account, m.external_id or ""),
        )
        order_id = next((m.order_id for m in records if m.order_id is not None), None)
        for id_ in self.family(complaint_id):
            self._hang(id_, order_id if id_ == complaint_id else None)

    def _hang(self, complaint_id: int, order_id: int | None) -> None:
        complaint = self._complaints[complaint_id]
        if complaint.order_id == order_id:
            return
        self._complaints_of.get(complaint.order_id or 0, set()).discard(complaint_id)
        if order_id is not None:
            self._complaints_of.setdefault(order_id, set()).add(complaint_id)
        self.put_complaint(complaint.model_copy(update={"order_id": order_id}))

    def case(self, complaint_id: int, accounts: Mapping[AccountName, AccountProfile]) -> Case:
        """Everything that deciding about one complaint needs."""
        complaint = self._complaints[complaint_id]
        mirrors = tuple(self.mirrors_of(complaint_id))
        family = self.family(complaint_id)
        order = self._orders.get(complaint.order_id or 0)
        payment, disputing, alone = None, False, True
        if order is not None:
            others = {
                self._complaints[id_].merged_into or id_ for id_ in self.complaints_of(order.id)
            }
            alone = others <= {complaint_id}
            for id_ in sorted(self._mirrors_of_order.get(order.id, ())):
                mirror = self._mirrors[id_]
                profile = accounts.get(mirror.account)
                if mirror.complaint_id is None and profile and profile.pays:
                    payment = mirror
            disputing = any(
                push.kind is PushKind.OPEN_DISPUTE
                and push.state is not PushState.SUPERSEDED
                and (not _waits(push) or self._comes_first(push, other, complaint))
                for other in others - {complaint_id}
                for push in self.pushes_of(other)
            )
        return Case(
            complaint,
            mirrors,
            self.pushes_of(complaint_id),
            order,
            payment,
            disputing,
            alone,
            tuple({f.digest: f for id_ in family for f in self._files.get(id_, ())}.values()),
            self._ruling(family),
            self._stills_of(family, mirrors),
        )

    def _stills_of(self, family: Sequence[int], mirrors: Sequence[Mirror]) -> tuple[Pause, ...]:
        """Holds of a complaint, and outages of the accounts that have a record of it."""
        accounts = sorted({mirror.account for mirror in mirrors})
        whose: list[int | AccountName] = [*family, *accounts]
        return tuple(still for one in whose for still in self._stills.get(one, ()))

    def _comes_first(self, push: Push, other: int, complaint: Complaint) -> bool:
        """Whether what another complaint waits to send goes before the same of this one.

        The older goes first, however they came to be known; but what an import brought waits
        for a person, and keeps nothing waiting that doesn't.
        """
        older = (self._complaints[other].born, other) < (complaint.born, complaint.id)
        return older and (push.held_for is not Hold.IMPORT or complaint.quiet)

    def _ruling(self, family: Sequence[int]) -> Ruling | None:
        """What a person decided last of the complaint, or of one that was merged into it."""
        last = max((self._complaints[id_] for id_ in family), key=lambda one: one.ruled)
        return None if last.ruling is None else Ruling(last.ruling, last.ruled)

    # -- pushes and files ----------------------------------------------------------------

    def pushes_of(self, complaint_id: int) -> tuple[Push, ...]:
        """All pushes of a complaint, and of those that were merged into it."""
        return tuple(p for id_ in self.family(complaint_id) for p in self._pushes.get(id_, ()))

    def own_pushes(self, complaint_id: int) -> tuple[Push, ...]:
        """Those that were asked for under a complaint's own number."""
        return tuple(self._pushes.get(complaint_id, ()))

    def add_push(self, push: Push) -> None:
        """Add a push that a complaint asks for."""
        if push.complaint_id is not None:
            self._pushes.setdefault(push.complaint_id, []).append(push)

    def move_pushes(self, complaint_id: int, ids: Sequence[int], state: PushState) -> None:
        """Bring pushes of a complaint to another state."""
        for id_ in self.family(complaint_id):
            self._pushes[id_] = [
                push.model_copy(update={"state": state}) if push.id in ids else push
                for push in self._pushes.get(id_, ())
            ]

    def states(self) -> dict[int, PushState]:
        """State of every push, by id."""
        return {push.id: push.state for pushes in self._pushes.values() for push in pushes}

    def add_file(self, complaint_id: int, file: File) -> bool:
        """Attach a file.  False: it was attached before."""
        files = self._files.setdefault(complaint_id, [])
        if any(known.digest == file.digest for known in files):
            return False
        files.append(file)
        return True

    # -- conflicts -----------------------------------------------------------------------

    def conflict_of(self, complaint_id: int) -> int | None:
        """Id of the open conflict of a complaint; 0: one that was opened in this batch."""
        return self._conflicts.get(complaint_id)

    def begin_conflict(self, complaint_id: int) -> None:
        """Note that ends of this complaint contradict each other."""
        self._conflicts[complaint_id] = 0

    def end_conflict(self, complaint_id: int) -> None:
        """Note that they don't any more."""
        del self._conflicts[complaint_id]

    # -- orders --------------------------------------------------------------------------

    def order_of(self, id_: int | None) -> Order | None:
        """The order with this id, if it is known here."""
        return self._orders.get(id_ or 0)

    def order(self, shop: ShopName, keys: Sequence[OrderKey]) -> Order | None:
        """The tracked order with any of these keys; a new one if none is known."""
        if not keys:
            return None
        known = sorted(
            {
                order_id
                for key in keys
                if (order_id := self._order_by_key.get((shop, key.space, key.value))) is not None
            }
        )
        if known:
            order = self._merge(known)
        else:
            order = Order(id=next(self._fresh).order, shop=shop)
            self._changed_orders.add(order.id)
        unknown = tuple(
            key for key in keys if (shop, key.space, key.value) not in self._order_by_key
        )
        for key in unknown:
            self._order_by_key[shop, key.space, key.value] = order.id
            self._new_keys[shop, key.space, key.value] = order.id
        if unknown:
            order = order.model_copy(update={"keys": (*order.keys, *unknown)})
            if known:
                self.stirred.add(order.id)
        self._orders[order.id] = order
        return order

    def put_order(self, order: Order) -> None:
        """Change an order."""
        self._orders[order.id] = order
        self._changed_orders.add(order.id)

    def mirrors_of_order(self, order_id: int) -> list[Mirror]:
        """Everything that accounts hold of an order."""
        return [self._mirrors[id_] for id_ in sorted(self._mirrors_of_order.get(order_id, ()))]

    def _merge(self, ids: Sequence[int]) -> Order:
        """One order that was known under several ids is one from now on: the oldest row."""
        order = self._orders[ids[0]]
        for id_ in ids[1:]:
            other = self._orders.pop(id_)
            order = order.model_copy(update={"keys": (*order.keys, *other.keys)})
            self._orders[order.id] = order
            self._changed_orders.discard(id_)
            self._changed_orders.add(order.id)
            self.placed.discard(id_)
            self.placed.add(order.id)
            self.stirred.discard(id_)
            self.stirred.add(order.id)
            self.gone_orders.append(id_)
            for key in other.keys:
                self._order_by_key[other.shop, key.space, key.value] = order.id
                self._new_keys[other.shop, key.space, key.value] = order.id
            for complaint_id in self.complaints_of(id_):
                self._hang(complaint_id, order.id)
            for mirror in self.mirrors_of_order(id_):
                self.put_mirror(mirror.model_copy(update={"order_id": order.id}))
        return order

    # -- mirrors -------------------------------------------------------------------------

    def mirror(self, account: AccountName, external_id: ExternalId) -> Mirror:
        """The mirror of this id, made if need be (and not yet to be saved)."""
        known = self._mirror_by_name.get((account, external_id))
        if known is not None:
            return self._mirrors[known]
        mirror = Mirror(
            id=next(self._fresh).mirror,
            account=account,
            external_id=external_id,
            complaint_id=None,
            order_id=None,
        )
        self._mirror_by_name[account, external_id] = mirror.id
        self.put_mirror(mirror, "first")
        return mirror

    def known_as(self, account: AccountName, alias: str) -> Mirror | None:
        """The mirror that the account calls by another name."""
        known = self._mirror_by_alias.get((account, alias))
        return None if known is None else self._mirrors[known]

    def follow(self, account: AccountName, change: Change, shop: ShopName, why: Source) -> bool:
        """Read this record soon: something moved there.  False: nothing is known of it."""
        if change.alias:
            known = self.known_as(account, change.alias)
            if known is None:
                return False
            self.put_mirror(known, why)
            return True
        if change.external_id is None:
            return True
        mirror = self.mirror(account, change.external_id)
        order = self.order(shop, change.order_keys)
        if order is not None and mirror.order_id is None:
            mirror = mirror.model_copy(update={"order_id": order.id})
        self.put_mirror(mirror, why)
        return True

    def track(
        self, account: AccountName, external_id: ExternalId, order_id: int, why: Source
    ) -> None:
        """Begin to read an order by its own id at an account that reads orders."""
        fresh = (account, external_id) not in self._mirror_by_name
        mirror = self.mirror(account, external_id)
        if fresh or mirror.order_id is None:
            tracked = mirror.model_copy(update={"order_id": order_id})
            self.put_mirror(tracked, why if fresh else None)

    def attach(self, mirror: Mirror, home: Complaint) -> Mirror:
        """Make a mirror one of a complaint's, wherever that belongs."""
        attached = mirror.model_copy(
            update={"complaint_id": self.root(home.id).id, "home": home.id}
        )
        self.put_mirror(attached)
        return attached

    def held(self, account: AccountName, external_id: ExternalId) -> Mirror | None:
        """The mirror of this id, if there is one."""
        known = self._mirror_by_name.get((account, external_id))
        return None if known is None else self._mirrors[known]

    def mirrors_of(self, complaint_id: int) -> list[Mirror]:
        """Everything that accounts hold of a complaint."""
        return [self._mirrors[id_] for id_ in sorted(self._mirrors_of.get(complaint_id, ()))]

    def read(self, mirror: Mirror, why: Source | str) -> None:
        """Read a mirror soon, though nothing of it has changed."""
        self._changed_mirrors[mirror.id] = why

    def put_mirror(self, mirror: Mirror, why: Source | str | None = None) -> None:
        """Add or change a mirror; with a reason it is read soon."""
        before = self._mirrors.get(mirror.id)
        if before is not None:
            self._mirrors_of.get(before.complaint_id or 0, set()).discard(mirror.id)
            self._mirrors_of_order.get(before.order_id or 0, set()).discard(mirror.id)
        if mirror.order_id is not None and _of_order(mirror) != _of_order(before):
            # Whose the payment's record is decides what the order's other complaints may ask.
            self.stirred.add(mirror.order_id)
        if mirror.order_id is not None and (
            before is None or (before.order_id, before.opened) != (mirror.order_id, mirror.opened)
        ):
            self.placed.add(mirror.order_id)
        self._mirrors[mirror.id] = mirror
        self._index(mirror)
        if why is not None:
            self._changed_mirrors[mirror.id] = why
        else:
            self._changed_mirrors.setdefault(mirror.id, Source.POLL)

    def _index(self, mirror: Mirror) -> None:
        if mirror.complaint_id is not None:
            self._mirrors_of.setdefault(mirror.complaint_id, set()).add(mirror.id)
        if mirror.order_id is not None:
            self._mirrors_of_order.setdefault(mirror.order_id, set()).add(mirror.id)

    def tellers(self, seq: int) -> list[Mirror]:
        """Mirrors that remember something of this observation."""
        known = sorted(self._mirrors.values(), key=lambda mirror: mirror.id)
        return [mirror for mirror in known if telling.has_told(mirror, seq)]

    # -- what changed --------------------------------------------------------------------

    def changed_orders(self) -> list[Order]:
        """Orders that are new or changed."""
        return [self._orders[id_] for id_ in sorted(self._changed_orders)]

    def changed_complaints(self) -> list[Complaint]:
        """Complaints that are new or changed."""
        return [self._complaints[id_] for id_ in sorted(self._changed_complaints)]

    def changed_mirrors(self) -> list[tuple[Mirror, Source | str]]:
        """Mirrors that are new or changed, and why each is to be read next, if it is."""
        return [(self._mirrors[id_], why) for id_, why in sorted(self._changed_mirrors.items())]

    def new_keys(self) -> list[tuple[ShopName, OrderSpace, str, int]]:
        """Keys of orders that are new, or belong to another order now, with that order's id."""
        return [(*key, order_id) for key, order_id in self._new_keys.items()]


def _waits(push: Push) -> bool:
    """Whether it was asked for, and nobody has tried to send it."""
    return push.state in {PushState.HELD, PushState.DUE} and not push.tried


def _of_order(mirror: Mirror | None) -> tuple[OrderSaid, int | None]:
    """What a mirror tells of its order, whenever it was told, and whose case it is."""
    if mirror is None:
        return OrderSaid(), None
    return mirror.order_said.model_copy(
        update={"marks": {}, "told_by": {}, "heard": ()}
    ), mirror.complaint_id
