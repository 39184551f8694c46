"""A short document of headings, lines and one table, as a tagged PDF: what a screen reader needs stands in it.

Only what ISO 32000-1 asks for: the standard Helvetica fonts, Windows-1252 text, a structure tree, a language, a title.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

WIDTH, HEIGHT, MARGIN = 595, 842, 56  # points: A4
BODY, TITLE, LEADING = 11, 20, 18  # points
ENCODING = "cp1252"


@dataclass(frozen=True, slots=True)
class Paper:
    """`lines` stand above the table and `after` below it; `widths` are the columns', in points."""

    title: str
    language: str  # of a BCP 47 tag: en-GB
    lines: Sequence[str]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    after: Sequence[str]
    widths: Sequence[int]


def can_write(text: str) -> bool:
    """Whether the fonts have all of it."""
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


@dataclass
class _Element:
    """A node of the structure tree: its role, and its children or the marked content of one page."""

    role: str
    children: list["_Element"] = field(default_factory=list)
    page: int = 0
    mark: int | None = None


@dataclass
class _Layout:
    pages: list[list[str]] = field(default_factory=list)
    marks: list[list[_Element]] = field(default_factory=list)
    y: float = 0

    def __post_init__(self) -> None:
        self.turn()

    def turn(self) -> None:
        self.pages.append([])
        self.marks.append([])
        self.y = HEIGHT - MARGIN

    def room(self, points: float) -> None:
        if self.y - points < MARGIN:
            self.turn()

    def write(self, role: str, text: str, x: float, size: int, *, bold: bool = False) -> _Element:
        element = _Element(role, page=len(self.pages) - 1, mark=len(self.marks[-1]))
        font = "F2" if bold else "F1"
        self.pages[-1].append(
            f"/{role} <</MCID {element.mark}>> BDC BT /{font} {size} Tf {x:g} {self.y:g} Td {_string(text)} Tj ET EMC"
        )
        self.marks[-1].append(element)
        return element

    def rule(self) -> None:
        y = self.y - 6
        self.pages[-1].append(f"/Artifact BMC 0.6 w {MARGIN} {y:g} m {WIDTH - MARGIN} {y:g} l S EMC")


def make(paper: Paper, *, at: datetime) -> bytes:
    """The document; `at` is when it was made."""
    layout, root = _Layout(), _Element("Document")
    layout.y -= TITLE
    root.children.append(layout.write("H1", paper.title, MARGIN, TITLE, bold=True))
    layout.y -= LEADING * 2
    root.children += _paragraphs(layout, paper.lines)
    if paper.rows:
        layout.y -= LEADING
        root.children.append(_table(layout, paper))
        layout.y -= LEADING
    root.children += _paragraphs(layout, paper.after)
    return _file(paper, layout, root, at)


def _paragraphs(layout: _Layout, lines: Sequence[str]) -> Iterator[_Element]:
    for line in lines:
        layout.room(LEADING)
        yield layout.write("P", line, MARGIN, BODY)
        layout.y -= LEADING


def _table(layout: _Layout, paper: Paper) -> _Element:
    layout.room(LEADING * 3)
    table = _Element("Table", [_row(layout, paper, "TH", paper.head, bold=True)])
    layout.rule()
    layout.y -= LEADING * 1.2
    for row in paper.rows:
        layout.room(LEADING)
        table.children.append(_row(layout, paper, "TD", row))
        layout.y -= LEADING
    return table


def _row(layout: _Layout, paper: Paper, role: str, cells: Sequence[str], *, bold: bool = False) -> _Element:
    row, x = _Element("TR"), float(MARGIN)
    for cell, width in zip(cells, paper.widths, strict=True):
        row.children.append(layout.write(role, cell, x, BODY, bold=bold))
        x += width
    return row


def _file(paper: Paper, layout: _Layout, root: _Element, at: datetime) -> bytes:
    """The objects in their order: catalog, page tree, fonts, title, then pages, then the structure."""
    objects: list[str | bytes] = [""] * 6
    first_page = len(objects) + 1
    page_ids = [first_page + 2 * n for n in range(len(layout.pages))]
    for n, commands in enumerate(layout.pages):
        stream = "\n".join(commands).encode(ENCODING)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Tabs/S/StructParents {n}"
            f"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>/Contents {page_ids[n] + 1} 0 R>>"
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    numbers: dict[int, int] = {}
    tree_id = 6
    document_id = _structure(objects, root, tree_id, page_ids, numbers)
    parents = " ".join(
        f"{n} [{' '.join(f'{numbers[id(element)]} 0 R' for element in marks)}]" for n, marks in enumerate(layout.marks)
    )
    kids = " ".join(f"{page_id} 0 R" for page_id in page_ids)
    objects[0] = (
        f"<</Type/Catalog/Pages 2 0 R/Lang{_string(paper.language)}/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R"
        "/ViewerPreferences<</DisplayDocTitle true>>>>"
    )
    objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(page_ids)}>>"
    objects[2] = _font("Helvetica")
    objects[3] = _font("Helvetica-Bold")
    objects[4] = f"<</Title{_string(paper.title)}/CreationDate(D:{at:%Y%m%d%H%M%S}Z)>>"
    objects[5] = f"<</Type/StructTreeRoot/K {document_id} 0 R/ParentTree<</Nums[{parents}]>>>>"
    return _assembled(objects)


def _structure(
    objects: list[str | bytes], element: _Element, parent: int, page_ids: list[int], numbers: dict[int, int]
) -> int:
    """Adds the element and all below it; returns its object's number."""
    objects.append("")
    number = numbers[id(element)] = len(objects)
    if element.mark is None:
        below = [_structure(objects, child, number, page_ids, numbers) for child in element.children]
        kids = " ".join(f"{child} 0 R" for child in below)
        body = f"/K[{kids}]"
    else:
        scope = "/A<</O/Table/Scope/Column>>" if element.role == "TH" else ""
        body = f"/Pg {page_ids[element.page]} 0 R/K {element.mark}{scope}"
    objects[number - 1] = f"<</Type/StructElem/S/{element.role}/P {parent} 0 R{body}>>"
    return number


def _font(name: str) -> str:
    return f"<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/WinAnsiEncoding>>"


def _string(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"({escaped})"


def _assembled(objects: list[str | bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        content = body if isinstance(body, bytes) else body.encode(ENCODING)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
