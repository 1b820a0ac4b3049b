"""The design gallery at /_components/?page=...: every shared template with made-up data. Only with DEBUG."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

PAGES = ["index", "today", "board", "case", "visit", "import", "household", "wall"]
WORKER_NAV = [
    ("today", "今日", "today", 18),
    ("visits", "走访", "visit", 0),
    ("report", "上报", "report", 0),
    ("residents", "居民", "people", 0),
    ("messages", "消息", "message", 3),
]
STAFF_NAV = [
    ("board", "看板", "board", 0),
    ("cases", "案件", "case", 37),
    ("residents", "居民房屋", "dwelling", 0),
    ("visits", "走访", "visit", 0),
    ("map", "网格地图", "map", 0),
    ("statistics", "统计", "stats", 0),
    ("messages", "消息", "message", 3),
    ("import", "导入", "import", 0),
    ("grids", "网格", "grid", 0),
    ("staff", "人员", "staff", 0),
    ("dictionaries", "字典", "dictionary", 0),
]
STEPS = ["上报", "立案", "派遣", "处理", "反馈", "核查", "评价"]


class GalleryForm(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致")
    level = forms.ChoiceField(
        label="照护类别", choices=[("", "请选择"), ("a", "低保"), ("b", "独居老人")]
    )
    outcome = forms.ChoiceField(
        label="结果",
        widget=forms.RadioSelect,
        choices=[("seen", "见到本人"), ("absent", "无人"), ("refused", "拒访")],
    )
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    photo = forms.FileField(label="照片", required=False)
    agreed = forms.BooleanField(label="住户同意拍照", required=False)


def _navigation(items, active):
    return [
        {
            "url": f"?as={key}",
            "label": label,
            "icon": icon,
            "key": key,
            "active": key == active,
            "count": count,
        }
        for key, label, icon, count in items
    ]


def _events(now):
    rows = [
        (
            "派遣给市政设施科",
            "王敏（指挥中心）",
            "井盖属市政管养，请于2小时内围挡并更换。",
            52,
        ),
        ("立案：井盖缺失，限时4小时", "王敏（指挥中心）", "", 53),
        (
            "上报",
            "刘芳（公园社区第3网格）",
            "幸福小区南门外人行道井盖缺失，已放锥桶。",
            54,
        ),
    ]
    return [
        {
            "at": now - dt.timedelta(hours=hours),
            "who": who,
            "what": what,
            "note": note,
            "now": index == 0,
        }
        for index, (what, who, note, hours) in enumerate(rows)
    ]


@login_not_required
def gallery(request):
    page = request.GET.get("page", "index")
    if page not in PAGES:
        raise Http404
    is_worker = page in {"today", "visit"}
    crumbs = ["市中区", "中心街街道"] + (["公园社区", "公园社区第3网格"] if is_worker else [])
    now = timezone.now()
    if page == "index":
        messages.success(request, "已保存走访记录。下次走访 12月1日。")
        messages.warning(request, "2027年节假日尚未公布，暂按周一至周五计算时限。")
        messages.error(request, "照片没有传上去：文件不是图片。文字已经保存。")
    return render(
        request,
        f"_components/{page}.html",
        {
            "nav": _navigation(
                WORKER_NAV if is_worker else STAFF_NAV, {"index": ""}.get(page, page)
            ),
            "my_place": {
                "crumbs": [{"pk": n, "name": name} for n, name in enumerate(crumbs)],
                "choices": [
                    {"pk": 9, "name": "公园社区第1网格"},
                    {"pk": 10, "name": "公园社区第2网格"},
                ],
            },
            "unread": 3,
            "search_url": "/search/",
            "today": now,
            "now": now,
            "pages": PAGES,
            "steps": [
                {
                    "label": label,
                    "state": "done" if n < 3 else "now" if n == 3 else "todo",
                }
                for n, label in enumerate(STEPS)
            ],
            "import_steps": [
                {
                    "label": label,
                    "state": "done" if n < 3 else "now" if n == 3 else "todo",
                }
                for n, label in enumerate(["上传", "对应列", "试运行", "确认", "结果"])
            ],
            "events": _events(now),
            "form": GalleryForm(data={"outcome": "seen"}) if page == "index" else GalleryForm(),
        },
        status=422 if page == "index" else 200,
    )
