"""Files that were made to hurt, from a seed: workbooks, texts, pictures, archives."""

import io
import random
import struct
import zipfile
import zlib

import xlsxwriter
from PIL import Image

HEADS = ["网格编码", "姓名", "公民身份号码", "性别", "户号", "日期", "类型", "编码", "立案条件"]
WORDS = ["王秀兰", "370402001028001", "=1+1", "@SUM(A1)", "\u202e", "\U0001f600", "休", "x" * 300]
REFERENCES = ["XFD1048576", "A0", "ZZZZ9", "A99999999999", "-1", "", "A1:XFD1048576", "1A"]
SHEET = "xl/worksheets/sheet1.xml"


def files(seed, number):
    """(name, content) of `number` files; the same for the same seed."""
    dice = random.Random(seed)
    for at in range(number):
        kind = dice.choice([workbook, workbook, workbook, text, picture, archive])
        name, content = kind(dice)
        yield f"{at}-{name}", content


def sound(dice):
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False}) as book:
        for _sheet in range(dice.randint(1, 3)):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, dice.sample(HEADS, dice.randint(1, len(HEADS))))
            for row in range(1, dice.randint(2, 30)):
                for column in range(dice.randint(1, 9)):
                    sheet.write(row, column, dice.choice([*WORDS, row, 2.5]))
    return memory.getvalue()


def workbook(dice):
    content = sound(dice)
    change = dice.choice([flipped, cut, far, exchanged, wrapped, swollen, lying, nothing])
    return f"a.{dice.choice(['xlsx', 'xls', 'ods', 'xlsm'])}", change(content, dice)


def nothing(content, dice):
    return content


def flipped(content, dice):
    changed = bytearray(content)
    for _bit in range(dice.randint(1, 40)):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def cut(content, dice):
    return content[: dice.randrange(len(content))]


def rewritten(content, change):
    """The same archive with the parts that `change(name, part)` gives."""
    memory = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return memory.getvalue()


def far(content, dice):
    """Cells where none can be, or very far from the others."""
    place = dice.choice(REFERENCES).encode()
    cell = b'<row r="1048576"><c r="%s"><v>1</v></c></row></sheetData>' % place
    return rewritten(
        content,
        lambda name, part: part.replace(b"</sheetData>", cell) if name == SHEET else part,
    )


def exchanged(content, dice):
    """A part of the archive says what another should."""
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    victim, other = dice.choice(names), dice.choice(names)
    read = zipfile.ZipFile(io.BytesIO(content)).read
    return rewritten(content, lambda name, part: read(other) if name == victim else part)


def wrapped(content, dice):
    """Elements in elements in elements, or entities that multiply."""
    deep = b"<a>" * 20_000
    lol = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">%s]><a>&i;</a>' % b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(98, 106)
    )
    said = dice.choice([deep, lol])
    victim = dice.choice([SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
    return rewritten(content, lambda name, part: said if name == victim else part)


def swollen(content, dice):
    """It unpacks to a hundred times its size."""
    blank = b" " * dice.choice([1_000_000, 80_000_000])
    return rewritten(
        content, lambda name, part: part.replace(b"<sheetData>", blank + b"<sheetData>")
    )


def lying(content, dice):
    """The directory of the archive says something else than the parts."""
    changed = bytearray(content)
    at = changed.rfind(b"PK\x01\x02")
    changed[at + 20 : at + 28] = struct.pack("<LL", dice.randrange(2**32), dice.randrange(2**32))
    return bytes(changed)


def text(dice):
    rows = [",".join(HEADS), *[",".join(dice.choices(WORDS, k=9)) for _row in range(20)]]
    said = dice.choice(
        [
            "\n".join(rows).encode("utf-8", "surrogatepass"),
            "\n".join(rows[:1]).encode("gb18030") + dice.randbytes(300),
            (rows[0] + '\n"' + "x" * 300_000).encode(),
            (rows[0] + "\n" + "," * 200_000).encode(),
            rows[0].encode() + b"\n" + b"\0" * 5_000,
            b",\n" * 200_000,
            dice.randbytes(3_000),
            b"",
        ]
    )
    return "a.csv", said


def picture(dice):
    memory = io.BytesIO()
    size = dice.choice([(1, 1), (64, 64), (5_000, 5_000)])
    kind = dice.choice(["PNG", "JPEG", "GIF", "WEBP"])
    Image.new("RGB", size).save(memory, kind)
    content = dice.choice([flipped, cut, nothing])(memory.getvalue(), dice)
    return dice.choice(["a.jpg", "a.png"]), dice.choice([content, vast(dice)])


def vast(dice):
    """A PNG that says it has 60,000 by 60,000 pixels."""
    head = struct.pack(">LLBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        for kind, body in parts
    )


def archive(dice):
    memory = io.BytesIO()
    with zipfile.ZipFile(
        memory, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    ) as made:
        for number in range(dice.choice([1, 30, 12_000])):
            name = dice.choice(
                ["../../etc/passwd", "/root/.ssh", "xl/a", "word/document.xml", "a" * 200]
            )
            made.writestr(f"{name}{number}", dice.randbytes(dice.randrange(30)))
        made.writestr("[Content_Types].xml", b"\0" * dice.choice([1, 1_000_000]))
    content = memory.getvalue()
    return dice.choice(["a.xlsx", "a.docx", "a.zip"]), dice.choice([nothing, flipped, cut])(
        content, dice
    )
