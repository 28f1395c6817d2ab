"""The settings file: every fault at once, each with its place and its cure."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from complaints.vocabulary import AccountName, ShopName
from providers.bizkithub import BizKitHubSettings
from worker.faults import Fault, Place, SettingsFault, places
from worker.settings import Settings, known_models, load

KEY = "DEV_" + "k" * 28


class Paths(BaseModel):
    """A block inside a provider's block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    create: str = "/create"


class Login(BaseModel):
    """A block that stands alone or in a list, with a secret in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    password: SecretStr | None = Field(default=None, min_length=4, description="4 characters")


class DeskAccount(BaseModel):
    """The settings of an invented provider that is called by HTTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="where the provider's API is")
    api_key: SecretStr = Field(description="32 characters")
    read_interval: float = Field(default=60, gt=0, description="seconds between two reads")
    hook_secrets: tuple[SecretStr, ...] = ()
    paths: Paths = Paths()
    admin: Login | None = None
    others: tuple[Login, ...] = ()


class ChatAccount(BaseModel):
    """The settings of an invented provider that calls us."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    password: SecretStr
    environment: str = "live"


MODELS: dict[str, type[BaseModel]] = {"desk": DeskAccount, "bot": ChatAccount}

GOOD = f"""\
database_url = "postgresql://redress:pg-secret@127.0.0.1:5432/redress"

[shops.cz]
timezone = "Europe/Prague"
due_days = 30
refund_allowance = 49.90

[accounts.cz-desk]
provider = "desk"
shop = "cz"
environment = "sandbox"
base_url = "http://127.0.0.1:8090/bizkithub"
api_key = "{KEY}"

[accounts.cz-bot]
provider = "bot"
shop = "cz"
environment = "sandbox"
username = "bot"
password = "chat-secret"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file in an empty folder."""
    path = tmp_path / "redress.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def read(file: Path, text: str = GOOD, **environ: str) -> Settings:
    """Load ``text`` as that file, with these variables and no others."""
    file.write_text(text, encoding="utf-8")
    return load(file, environ, MODELS)


def faults(file: Path, text: str, **environ: str) -> tuple[Fault, ...]:
    """The faults of ``text``; an assertion fails when there is none."""
    with pytest.raises(SettingsFault) as caught:
        read(file, text, **environ)
    return caught.value.faults


def keys(found: tuple[Fault, ...]) -> list[str]:
    """What the faults are about."""
    return [fault.key for fault in found]


def test_a_good_file_is_read_whole(file: Path) -> None:
    """Blocks are checked by their models, paths become absolute, money is exact."""
    settings = read(file)
    assert settings.shops[ShopName("cz")].refund_allowance == Decimal("49.90")
    account = settings.accounts[AccountName("cz-desk")]
    assert account.sandbox
    assert isinstance(account.block, DeskAccount)
    assert account.block.api_key.get_secret_value() == KEY
    assert settings.data_dir == file.parent / "var"
    assert settings.receiver.port == 8085
    assert settings.sweep.seconds == 5


def test_a_key_of_ours_reaches_a_provider_that_asks_for_it(file: Path) -> None:
    """A provider's model may declare ``environment`` itself and then gets it."""
    block = read(file).accounts[AccountName("cz-bot")].block
    assert isinstance(block, ChatAccount)
    assert block.environment == "sandbox"


def test_no_secret_is_in_the_words_of_the_settings(file: Path) -> None:
    """Neither repr nor str of the settings shows a secret."""
    settings = read(file)
    said = repr(settings) + str(settings)
    assert not [secret for secret in (KEY, "pg-secret", "chat-secret") if secret in said]


def test_no_secret_is_in_the_words_of_a_fault(file: Path) -> None:
    """A value that is refused is never quoted."""
    text = GOOD.replace("postgresql://", "mysql://").replace(f'"{KEY}"', f'["{KEY}"]')
    found = faults(file, text)
    assert keys(found) == ["database_url", "accounts.cz-desk.api_key"]
    said = "".join(str(fault) + repr(fault) for fault in found)
    assert KEY not in said
    assert "pg-secret" not in said


def test_all_faults_are_told_at_once_in_file_order(file: Path) -> None:
    """One run names every fault, so that one edit mends them all."""
    text = (
        GOOD.replace("Europe/Prague", "Europe/Prag")
        .replace("due_days = 30", "due_days = 0")
        .replace("api_key", "api_kye")
        .replace('provider = "bot"', 'provider = "bott"')
        .replace("http://127.0.0.1", "https://desk.example.org")
    )
    text += "\n[reciever]\nport = 1\n\n[receiver]\nport = 70000\n"
    assert keys(faults(file, text)) == [
        "shops.cz.timezone",
        "shops.cz.due_days",
        "accounts.cz-desk.api_key",
        "accounts.cz-desk.api_kye",
        "accounts.cz-bot.provider",
        "reciever",
        "receiver.port",
    ]


def test_a_fault_names_line_column_and_cure(file: Path) -> None:
    """The place is that of the key, the cure says which key was meant."""
    (fault, missing) = sorted(
        faults(file, GOOD.replace("api_key", "api_kye")), key=lambda one: one.key, reverse=True
    )
    assert fault == Fault(
        str(file), "accounts.cz-desk.api_kye", "is not a key here", 'did you mean "api_key"?',
        Place(13, 1),
    )  # fmt: skip
    assert missing.what == "is missing"
    assert missing.place == Place(8, 1)
    assert "REDRESS_ACCOUNTS__CZ_DESK__API_KEY" in missing.cure
    assert str(fault).startswith(f"{file}:13:1 accounts.cz-desk.api_kye: ")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2\n", Place(2, 5)),
        ('a = "open\n', Place(1, 10)),
        ("[shops.cz\n", Place(1, 10)),
        ("a = [1,\n2", Place(2, 2)),
        ("a = 1\na = 2\n", Place(2, 6)),
    ],
)
def test_broken_toml_is_one_fault_with_its_place(file: Path, text: str, place: Place) -> None:
    """Syntax errors carry line and column like everything else."""
    (fault,) = faults(file, text)
    assert "valid TOML" in fault.what
    assert fault.place is not None
    assert (fault.place.line, fault.place.column) == (place.line, place.column)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    """The cure names the command that writes a file."""
    with pytest.raises(SettingsFault, match="redress init"):
        load(tmp_path / "none.toml", {}, MODELS)


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    """Latin-1 is a fault, a byte order mark is not."""
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(file, {}, MODELS).accounts
    file.write_bytes(b'name = "\xe9"')
    with pytest.raises(SettingsFault, match="UTF-8"):
        load(file, {}, MODELS)


def test_the_environment_wins_over_the_file(file: Path) -> None:
    """Top keys, sections and accounts' secrets can be overridden; text becomes numbers."""
    settings = read(
        file,
        REDRESS_DATABASE_URL="postgresql://other/db",
        REDRESS_BROKER_URL="redis://127.0.0.1:6379/0",
        REDRESS_RECEIVER__PORT="9000",
        REDRESS_ACCOUNTS__CZ_DESK__API_KEY="from-outside",
        REDRESS_ACCOUNTS__CZ_DESK__READ_INTERVAL="2.5",
    )
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://other/db"
    assert settings.receiver.port == 9000
    block = settings.accounts[AccountName("cz-desk")].block
    assert isinstance(block, DeskAccount)
    assert block.api_key.get_secret_value() == "from-outside"
    assert block.read_interval == 2.5


def test_a_fault_of_a_variable_names_the_variable(file: Path) -> None:
    """Nobody searches the file for a value that came from elsewhere."""
    (fault,) = faults(file, GOOD, REDRESS_RECEIVER__PORT="many")
    assert fault.file == "environment REDRESS_RECEIVER__PORT"
    assert fault.place is None


def test_a_misspelt_account_variable_is_a_fault(file: Path) -> None:
    """A secret that reaches nobody must not pass in silence."""
    (fault,) = faults(file, GOOD, REDRESS_ACCOUNTS__CZ_DSK__API_KEY="x")
    assert fault.key == "REDRESS_ACCOUNTS__CZ_DSK__API_KEY"
    assert "REDRESS_ACCOUNTS__CZ_DESK" in fault.cure


def test_redress_config_names_the_file(file: Path) -> None:
    """Without an argument the variable decides."""
    assert load(None, {"REDRESS_CONFIG": str(file)}, MODELS).file == file


def test_a_secret_may_stand_in_a_file_of_its_own(file: Path) -> None:
    """``KEY_file`` is read beside the settings file, without the blanks around the secret."""
    (file.parent / "desk.key").write_text(f" {KEY}\n", encoding="utf-8")
    block = read(file, GOOD.replace(f'api_key = "{KEY}"', 'api_key_file = "desk.key"'))
    account = block.accounts[AccountName("cz-desk")].block
    assert isinstance(account, DeskAccount)
    assert account.api_key.get_secret_value() == KEY


def test_the_token_key_is_long_and_never_shown(file: Path) -> None:
    """From the file, a file of its own or the environment; a short one is a fault."""
    (file.parent / "token.key").write_text("k" * 43 + "\n", encoding="utf-8")
    for settings in (
        read(file, f'token_key = "{"k" * 43}"\n{GOOD}'),
        read(file, f'token_key_file = "token.key"\n{GOOD}'),
        read(file, REDRESS_TOKEN_KEY="k" * 43),
    ):
        assert settings.token_key is not None
        assert settings.token_key.get_secret_value() == "k" * 43
        assert "kkk" not in repr(settings)
    assert read(file).token_key is None
    (fault,) = faults(file, f'token_key = "{"k" * 31}"\n{GOOD}')
    assert fault.key == "token_key"
    assert "kkk" not in str(fault)


def test_several_secrets_from_outside_stand_apart_by_blanks(file: Path) -> None:
    """A rotation needs two valid secrets, also where a file can hold only text."""
    (file.parent / "two").write_text("old new\n", encoding="utf-8")
    text = GOOD.replace("api_key =", 'hook_secrets_file = "two"\napi_key =')
    for settings in (
        read(file, text),
        read(file, GOOD, REDRESS_ACCOUNTS__CZ_DESK__HOOK_SECRETS="old\nnew"),
    ):
        block = settings.accounts[AccountName("cz-desk")].block
        assert isinstance(block, DeskAccount)
        assert [secret.get_secret_value() for secret in block.hook_secrets] == ["old", "new"]


INNER = 'admin = { name = "eva"%s }\nothers = [{ name = "old" }, { name = "new"%s }]\napi_key ='


def test_a_secret_inside_a_table_may_come_from_outside_too(file: Path) -> None:
    """From a file of its own or a variable, also where the table stands in a list."""
    (file.parent / "inner.key").write_text("secret-inside\n", encoding="utf-8")
    pointer = ', password_file = "inner.key"'
    beside = {
        "REDRESS_ACCOUNTS__CZ_DESK__ADMIN__PASSWORD": "secret-inside",
        "REDRESS_ACCOUNTS__CZ_DESK__OTHERS__1__PASSWORD": "secret-inside",
    }
    by_file = {f"{name}_FILE": "inner.key" for name in beside}
    for filled, environ in (((pointer, pointer), {}), (("", ""), beside), (("", ""), by_file)):
        settings = read(file, GOOD.replace("api_key =", INNER % filled), **environ)
        block = settings.accounts[AccountName("cz-desk")].block
        assert isinstance(block, DeskAccount)
        assert block.admin is not None
        logins = (block.admin, *block.others)
        found = [login.password and login.password.get_secret_value() for login in logins]
        assert found == ["secret-inside", None, "secret-inside"]
        assert [login.name for login in logins] == ["eva", "old", "new"]
        assert "secret-inside" not in repr(settings)


def test_a_table_inside_a_block_may_come_whole_from_outside(file: Path) -> None:
    """Its table needn't stand in the file; a list's must, for nothing says how long it is."""
    settings = read(file, REDRESS_ACCOUNTS__CZ_DESK__ADMIN__PASSWORD="secret-inside")
    block = settings.accounts[AccountName("cz-desk")].block
    assert isinstance(block, DeskAccount)
    assert block.admin == Login(password=SecretStr("secret-inside"))

    name = "REDRESS_ACCOUNTS__CZ_DESK__OTHERS__0__PASSWORD"
    (fault,) = faults(file, GOOD, **{name: "secret-inside"})
    assert (fault.key, "secret-inside" in str(fault)) == (name, False)


@pytest.mark.parametrize("where", ["admin", "others.1"])
def test_a_fault_of_a_secret_inside_a_table_names_its_three_places(file: Path, where: str) -> None:
    """The key itself, its file and its variable."""
    short = ', password = "pw"'
    filled = (short, "") if where == "admin" else ("", short)
    (fault,) = faults(file, GOOD.replace("api_key =", INNER % filled))
    assert fault.key == f"accounts.cz-desk.{where}.password"
    variable = "REDRESS_ACCOUNTS__CZ_DESK__" + where.upper().replace(".", "__") + "__PASSWORD"
    assert fault.cure == f"give password, password_file or the variable {variable} (4 characters)"


def test_the_cookie_of_a_desk_s_admin_may_come_from_outside(file: Path) -> None:
    """The real provider's own nested secret, by file and by variable."""
    (file.parent / "cookie").write_text("session=from-outside\n", encoding="utf-8")
    text = STARTER.read_text(encoding="utf-8").replace("# bff = {", "bff = {")
    assert 'cookie = "session=..."' in text
    file.write_text(text.replace('cookie = "session=..."', 'cookie_file = "cookie"'), "utf-8")
    name = "REDRESS_ACCOUNTS__DEMO_DESK__BFF__COOKIE"
    for environ, said in (({}, "session=from-outside"), ({name: "session=other"}, "session=other")):
        block = load(file, environ).accounts[AccountName("demo-desk")].block
        assert isinstance(block, BizKitHubSettings)
        assert block.bff.cookie == SecretStr(said)


def test_a_key_of_an_inner_block_is_checked_too(file: Path) -> None:
    """The cure names a key of the inner block."""
    (fault,) = faults(file, GOOD.replace("api_key =", 'paths.creat = "/x"\napi_key ='))
    assert fault.key == "accounts.cz-desk.paths.creat"
    assert (fault.what, fault.cure) == ("is not a key here", 'did you mean "create"?')
    assert fault.place == Place(13, 1)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('api_key_file = "none.key"', "can't be read"),
        ('api_key_file = "empty.key"', "empty file"),
        ("api_key_file = 5", "path in quotes"),
        (f'api_key = "{KEY}"\napi_key_file = "empty.key"', "beside api_key"),
    ],
)
def test_a_secret_file_that_gives_no_secret_is_one_fault(file: Path, line: str, what: str) -> None:
    """The fault is about ``KEY_file`` alone, not about the key as well."""
    (file.parent / "empty.key").write_text("\n", encoding="utf-8")
    (fault,) = faults(file, GOOD.replace(f'api_key = "{KEY}"', line))
    assert fault.key == "accounts.cz-desk.api_key_file"
    assert what in fault.what


def test_a_sandbox_account_must_stay_on_this_machine(file: Path) -> None:
    """A sandbox block that points at a real provider is refused before anything starts."""
    (fault,) = faults(file, GOOD.replace("http://127.0.0.1:8090", "https://api.example.org"))
    assert fault.key == "accounts.cz-desk.base_url"
    assert "sandbox" in fault.what


def test_a_live_account_must_not_send_its_key_in_the_clear(file: Path) -> None:
    """Plain HTTP to another machine is refused."""
    text = GOOD.replace('environment = "sandbox"\nbase', 'environment = "live"\nbase')
    (fault,) = faults(file, text.replace("http://127.0.0.1:8090", "http://api.example.org"))
    assert "in the clear" in fault.what


def test_the_story_clock_is_for_sandboxes_only(file: Path) -> None:
    """One live account is enough to refuse an invented time."""
    clock = 'story_clock = "clock.txt"\n'
    assert read(file, clock + GOOD).story_clock == file.parent / "clock.txt"
    text = GOOD.replace('environment = "sandbox"\nusername', 'environment = "live"\nusername')
    (fault,) = faults(file, clock + text)
    assert fault.key == "story_clock"
    assert "cz-bot" in fault.what


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[accounts.cz-bot]", '[accounts."Cz Bot"]', "accounts.Cz Bot"),
        ("[accounts.cz-bot]", "[accounts.operator]", "accounts.operator"),
        ('shop = "cz"\nenvironment = "sandbox"\nuser', 'shop = "c"\nenvironment = "sandbox"\nuser',
         "accounts.cz-bot.shop"),
        ('[accounts.cz-bot]\nprovider = "bot"', "[accounts.cz-bot]", "accounts.cz-bot.provider"),
        ("postgresql://", "valkey://", "database_url"),
        ("database_url", 'broker_url = "valkey://x"\ndatabase_url', "broker_url"),
        ("[shops.cz]", 'shops = 1\n["shops.cz"]', "shops"),
    ],
)  # fmt: skip
def test_each_wrong_value_is_told(file: Path, old: str, new: str, key: str) -> None:
    """Names, shops, providers and addresses are all checked."""
    assert key in keys(faults(file, GOOD.replace(old, new, 1)))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}", fullmatch=True),
        st.one_of(
            st.integers(),
            st.sampled_from(
                ['"a # [b]"', '"""x\n[y]\n"""', "[1,\n { k = '}' },\n]", "{ a.b = 1 }"]
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_place_of_a_key_is_where_its_name_stands(table: dict[str, object]) -> None:
    """Brackets and newlines inside values never shift the places of later keys."""
    text = "".join(f"  {key} = {value}\n" for key, value in table.items())
    found = places(text)
    lines = text.split("\n")
    for key in table:
        place = found[(key,)]
        assert lines[place.line - 1][place.column - 1 :].startswith(f"{key} = ")


STARTER = Path(__file__).parents[2] / "worker" / "starter.toml"


def test_the_starter_is_good_as_it_stands() -> None:
    """`redress init` writes what can be run: three sandbox accounts of one shop."""
    settings = load(STARTER, {})
    assert {account.provider for account in settings.accounts.values()} == set(known_models())
    assert all(account.sandbox for account in settings.accounts.values())


def test_every_commented_key_of_the_starter_is_a_key(file: Path) -> None:
    """Taking the # away never makes a fault of an unknown key."""
    text = re.sub(r"(?m)^# (?=[a-z_]+ = |\[)", "", STARTER.read_text(encoding="utf-8"))
    for named in re.findall(r'(?m)^[a-z_]+_file = "(secrets/.*)"', text):
        secret = file.parent / named
        secret.parent.mkdir(exist_ok=True)
        secret.write_text("json://127.0.0.1:1/", encoding="utf-8")
    assert len(re.findall(r"(?m)^[a-z_]+ = ", text)) > 40
    file.write_text(text, encoding="utf-8")
    settings = load(file, {})
    assert settings.shops[ShopName("demo")].refund_allowance == Decimal("50.00")
    assert set(settings.notify) == {"ops", "pager"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("DEV_0", "DEV-0", "accounts.demo-desk.api_key"),
        ('"whsec_c2', '"whsec_!!', "accounts.demo-pay.webhook_secrets"),
        ('username = "bot-demo"', 'user = "bot-demo"', "accounts.demo-bot.user"),
        ("window_minutes = 15", "window_minutes = 0", "accounts.demo-bot.window_minutes"),
        ("http://127.0.0.1:8090/zenki", "https://api.zenki.fi", "accounts.demo-pay.base_url"),
    ],
)
def test_the_real_providers_check_their_own_blocks(
    file: Path, old: str, new: str, key: str
) -> None:
    """A provider's own rule is told like every other fault, with a place and no secret."""
    text = STARTER.read_text(encoding="utf-8").replace("# window_minutes", "window_minutes")
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(file, {})
    assert key in keys(caught.value.faults)
    assert all(fault.place is not None for fault in caught.value.faults)
    assert "GJveC13ZWJob29r" not in str(caught.value)


CLEAR = """
broker_url = "redis://:hidden@broker:6379/0"
database_url = "postgresql://redress@db/redress"
[shops.cz]
timezone = "Europe/Prague"
currency = "CZK"
country = "CZ"
[accounts.desk]
provider = "desk"
shop = "cz"
environment = "live"
base_url = "https://desk.example"
{key}
hook_secrets = ["one", "two"]
[accounts.desk.admin]
password = "secret"
[[accounts.desk.others]]
name = "eva"
[[accounts.desk.others]]
password = "secret"
[accounts.tried]
provider = "desk"
shop = "cz"
environment = "sandbox"
base_url = "http://127.0.0.1:1"
api_key = "in the clear"
"""


@pytest.mark.parametrize("where", ["file", "environment", "clear"])
def test_secrets_that_stand_in_the_file_are_named(tmp_path: Path, where: str) -> None:
    """Not those of the environment or of a file, nor an address without a password."""
    (tmp_path / "key").write_text("of a file", encoding="utf-8")
    key = {
        "file": f'api_key_file = "{tmp_path / "key"}"',
        "environment": "",
        "clear": 'api_key = "in the clear"',
    }[where]
    environ = {"REDRESS_ACCOUNTS__DESK__API_KEY": "of a variable"} if where == "environment" else {}
    file = tmp_path / "redress.toml"
    file.write_text(CLEAR.format(key=key), encoding="utf-8")
    found = set(load(file, environ, MODELS).in_the_clear)
    always = {
        "broker_url",
        "accounts.desk.hook_secrets",
        "accounts.desk.admin.password",
        "accounts.desk.others.1.password",
    }
    assert found == always | ({"accounts.desk.api_key"} if where == "clear" else set())


def test_the_starter_has_nothing_to_hide() -> None:
    """A sandbox's keys aren't secrets."""
    assert load(STARTER, {}).in_the_clear == ()
