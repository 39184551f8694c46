"""`turnup pack`: who asked for a home pack, and each step of it: approved, ready, collected, back, credited."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.changes import desk
from bot.commands import CommandError
from bot.settings import Settings
from db import pack_desk, pack_photos
from db.change import Change
from db.importing import cells
from db.packs import Request


def add_to(add: desk.AddParser) -> None:
    act = add("pack", help="home packs: who asked, and what comes of it")
    doing = act.add_subparsers(dest="act", required=True, metavar="act").add_parser
    list_ = doing("list", help="every request that is open, the longest asked for first")
    desk.options(list_, show)
    approve_ = _of(doing("approve", help="a pack may go home with them; where none is left they wait for one"))
    approve_.add_argument(
        "--checked", metavar="WHAT", default="", help=f"what you have looked at: {','.join(pack_desk.CHECKS)}"
    )
    desk.options(approve_, approve, reason=True, tells=True)
    decline_ = _of(doing("decline", help="not this time; why is for you to tell them"))
    desk.options(decline_, decline, reason=True, tells=True)
    desk.options(_of(doing("ready", help="it can be collected; they hear where")), ready, tells=True)
    collected_ = _of(doing("collected", help="they have it; they hear by when it is due"))
    collected_.add_argument("--on", metavar="DATE", help="since when; without it, today")
    collected_.add_argument("--by", metavar="DATE", help="when it is due; without it, as the catalogue says")
    desk.options(collected_, collected, tells=True)
    due_ = _of(doing("due", help="give them more time for it, or less"))
    due_.add_argument("--by", metavar="DATE", required=True)
    desk.options(due_, due, reason=True, tells=True)
    credit_ = _of(doing("credit", help="the work was checked, and counts"))
    credit_.add_argument("--minutes", metavar="N", help="how many; without it, all that the pack is worth")
    credit_.add_argument("--on", metavar="DATE", help="the day of the work; without it, when they said it was done")
    desk.options(credit_, credit, reason=True, tells=True)
    returned_ = _of(doing("returned", help="it is back, and nothing counts for it"))
    returned_.add_argument("--used", action="store_true", help="it cannot go to somebody else")
    desk.options(returned_, returned, reason=True)
    desk.options(_of(doing("withdraw", help="they do not want it any more")), withdraw, reason=True)
    photos_ = _of(doing("photos", help="write the photos of the finished work to a folder"))
    photos_.add_argument("--to", type=Path, required=True, metavar="DIR")
    desk.options(photos_, photos)


def _of(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("person", metavar="PERSON")
    return parser


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    change.log("pack.list", "open requests")
    return [_line(one) for one in pack_desk.listing(change)] or ["nobody has asked for a pack"]


def _line(one: Request) -> str:
    due = f"  due {one.return_by:%a %d %b %Y}" if one.return_by else ""
    return f"{one.person_ref}  {one.status}  {one.ref}  for {one.order_ref}  asked {desk.shown(one.asked_at)}{due}"


def approve(change: Change, asked: Namespace, _: Settings) -> list[str]:
    checked = [part.strip() for part in asked.checked.split(",") if part.strip()]
    unknown = [part for part in checked if part not in pack_desk.CHECKS]
    if unknown:
        raise CommandError(f'--checked: "{unknown[0]}" is none of {", ".join(pack_desk.CHECKS)}')
    made = pack_desk.approve(change, asked.person, checked)
    if made.status == "waiting":
        return [f"{made.person_ref} waits for {made.ref}: none is left"]
    return [f"{made.person_ref} may have {made.ref}; `turnup pack ready {made.person_ref}` once it can be collected"]


def decline(change: Change, asked: Namespace, _: Settings) -> list[str]:
    made = pack_desk.decline(change, asked.person)
    return [f"{made.person_ref} does not get {made.ref} this time", "note: why is for a human to tell them"]


def ready(change: Change, asked: Namespace, _: Settings) -> list[str]:
    made = pack_desk.ready(change, asked.person)
    return [f"{made.ref} is ready for {made.person_ref}, at {made.collect_from}, due {made.return_by:%a %d %b %Y}"]


def collected(change: Change, asked: Namespace, _: Settings) -> list[str]:
    on, by = (desk.read(f"--{name}", cells.day, getattr(asked, name)) for name in ("on", "by"))
    return _out(pack_desk.collected(change, asked.person, on=on, by=by))


def due(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return _out(pack_desk.due(change, asked.person, desk.read("--by", cells.day, asked.by)))


def _out(made: Request) -> list[str]:
    return [f"{made.person_ref} has {made.ref}, due {made.return_by:%a %d %b %Y}"]


def credit(change: Change, asked: Namespace, _: Settings) -> list[str]:
    minutes = desk.read("--minutes", cells.whole(1), asked.minutes)
    made = pack_desk.credit(change, asked.person, minutes, on=desk.read("--on", cells.day, asked.on))
    about = made.request
    worked = f"{made.worked} minutes worked on {about.ref}"
    lines = [f"{about.person_ref}: {worked}, {made.credited} credited to {about.order_ref}"]
    if made.credited < made.worked:
        lines.append(f"note: {made.worked - made.credited} minutes cannot count; a task is open to look at it")
    return [*lines, f"{about.order_ref}: {max(0, made.left)} minutes left"]


def returned(change: Change, asked: Namespace, _: Settings) -> list[str]:
    made = pack_desk.returned(change, asked.person, used=asked.used)
    return [f"{made.ref} of {made.person_ref} is back, and nothing is credited"]


def withdraw(change: Change, asked: Namespace, _: Settings) -> list[str]:
    made = pack_desk.withdraw(change, asked.person)
    return [f"{made.person_ref} does not want {made.ref} any more"]


def photos(change: Change, asked: Namespace, _: Settings) -> list[str]:
    """Of the open request, or where there is none of the last one."""
    request = pack_desk.latest(change, asked.person)
    images = pack_photos.of_request(change.connection, request.id)
    if not images:
        return [f"there is no photo of {request.ref} from {request.person_ref}"]
    if asked.dry_run:
        return [f"{len(images)} to write to {asked.to}"]
    try:
        asked.to.mkdir(parents=True, exist_ok=True)
        return [_written(asked.to / f"{request.person_ref}-{n}.jpg", image) for n, image in enumerate(images, start=1)]
    except OSError as error:
        raise CommandError(f"--to: cannot write to {asked.to} ({error.strerror}); give another folder") from None


def _written(path: Path, image: bytes) -> str:
    path.write_bytes(image)
    return str(path)
