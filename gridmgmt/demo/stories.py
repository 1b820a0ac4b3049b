"""What cases of the demo say: titles, descriptions, notes, little drawn photos. Pure."""

import io
import random

SOURCES = {
    "patrol": (45, "网格员巡查发现"),
    "resident": (25, "居民反映"),
    "hotline": (12, "12345热线转办"),
    "visit": (8, "入户走访时居民反映"),
    "department": (5, "部门移交"),
    "check": (5, "检查发现"),
}
# What turns up more often than the rest.
FREQUENT = {
    "暴露垃圾": 8,
    "乱堆杂物": 7,
    "机动车乱停放": 6,
    "非机动车乱停放": 5,
    "占道经营": 5,
    "店外经营": 4,
    "噪声扰民": 4,
    "非法小广告": 4,
    "占用消防通道": 4,
    "路灯异常": 3,
    "垃圾站（箱）满溢": 3,
    "供水井盖异常": 2,
    "邻里纠纷": 3,
    "高龄津贴申领代办": 3,
    "楼道照明报修": 3,
}
REJECTIONS = [
    "不属于本区管辖范围",
    "同一问题已立案",
    "现场核实未发现问题",
    "描述不清，联系不上反映人",
]
HANDLED = [
    "已到现场处置完毕",
    "已整改到位，照片附后",
    "已联系责任单位处理完毕",
    "已劝导，当事人当场改正",
]
VERIFIED = ["现场核查，问题已解决", "电话回访，居民认可", "复查合格，同意结案"]
RETURNED = ["处置不彻底，请继续处理", "照片与现场位置不符，退回"]
RATINGS = [
    (5, "处理及时，满意"),
    (5, ""),
    (4, "基本满意"),
    (4, ""),
    (3, "时间长了一些"),
    (2, "问题反复出现"),
]
EXPLANATIONS = ["所需配件已采购，预计两日内修复", "涉及产权单位，正在协调"]


def title_of(category: str, condition: str) -> str:
    """供水井盖异常 + 井盖缺失 -> 供水井盖缺失; other categories speak for themselves."""
    if not category.endswith("异常"):
        return category
    noun, what = category.removesuffix("异常"), condition.split("、")[0]
    for overlap in (3, 2, 1):
        if noun.endswith(what[:overlap]):
            return noun + what[overlap:]
    return noun + what


def description_of(source: str, address: str, title: str, condition: str) -> str:
    return f"{SOURCES[source][1]}：{address}，{title}（{condition}），请核实处理。"


def draw_photo(seed: str, *, is_after: bool) -> bytes:
    """A JPEG of a street with something lying on it, or with nothing any more."""
    from PIL import Image, ImageDraw

    chance = random.Random(seed)
    image = Image.new("RGB", (640, 480), (196, 214, 232))
    draw = ImageDraw.Draw(image)
    for left in range(0, 640, 160):
        wall = tuple(chance.randint(150, 205) for __ in range(3))
        top = chance.randint(60, 130)
        draw.rectangle([left, top, left + 150, 300], fill=wall)
        for x in range(left + 18, left + 130, 40):
            for y in range(top + 20, 270, 50):
                draw.rectangle([x, y, x + 22, y + 28], fill=(90, 110, 130))
    draw.rectangle([0, 300, 640, 340], fill=(176, 172, 164))
    draw.rectangle([0, 340, 640, 480], fill=(104, 106, 110))
    for x in range(10, 640, 110):
        draw.rectangle([x, 408, x + 60, 414], fill=(225, 225, 215))
    spots = [(chance.randint(120, 480), chance.randint(330, 400)) for __ in range(7)]
    colours = [
        (92, 74, 56),
        (40, 40, 44),
        (150, 120, 60),
        (200, 200, 205),
        (60, 90, 60),
    ]
    for x, y in [] if is_after else spots:
        width, height = chance.randint(30, 90), chance.randint(20, 50)
        draw.ellipse([x, y, x + width, y + height], fill=chance.choice(colours))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=78)
    return file.getvalue()
