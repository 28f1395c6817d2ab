"""Draft rules: shops as a person thinks of changing them, over those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.blocks import Shop
from worker.faults import SettingsFault
from worker.inspection import Inspection, did_you_mean
from worker.settings import read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.vocabulary import ShopName
    from worker.settings import Settings


def drafted(settings: Settings, file: Path) -> dict[ShopName, Shop]:
    """The shops that a file names, with what it says of them and else what they are now.

    The file has ``[shops.NAME]`` tables as the settings do; whatever else is in it, such as the
    rest of a whole settings file, is of no matter.  Raises `SettingsFault` with all faults.
    """
    data, known = read_toml(file)
    sheet = Inspection(file, known)
    found: dict[ShopName, Shop] = {}
    named = sheet.table(data.get("shops", {}), ("shops",))
    if not named and not sheet.faults:
        sheet.add((), "names no shop", "write [shops.NAME] and below it what is to be another")
    shops = {str(name): (name, shop) for name, shop in settings.shops.items()}
    for said, value in named.items():
        path = ("shops", said)
        table = sheet.strangers(sheet.table(value, path), list(Shop.model_fields), path)
        if said not in shops:
            sheet.add(path, "is no shop of the settings", did_you_mean(said, list(shops)))
            continue
        name, shop = shops[said]
        checked = sheet.check(Shop, {**shop.model_dump(), **table}, path)
        if checked is not None:
            found[name] = checked
    if sheet.faults:
        raise SettingsFault(sheet.sorted())
    return found
