"""One form per step; what a form gives to its verb is in its `calls`."""

from cases.forms.steps.base import ATTACHED, StepForm
from cases.forms.steps.beside import (
    AnswerCheckForm,
    AskCheckForm,
    AskExtensionForm,
    AskHelpForm,
    AssignForm,
    CallBackForm,
    DecideExtensionForm,
    DecideForm,
    FinishHelpForm,
    RecheckForm,
    RemarkForm,
)
from cases.forms.steps.loop import (
    AcceptForm,
    AnswerSlipForm,
    DispatchForm,
    EvaluateForm,
    FeedBackForm,
    IssueSlipForm,
    PauseForm,
    RegisterForm,
    RejectForm,
    ReopenForm,
    ResumeForm,
    SendBackForm,
    SolveForm,
    UrgeForm,
    VerifyForm,
)
from cases.forms.steps.together import LinkForm, MergeForm, SplitForm, SupportForm

__all__ = ["ATTACHED", "FORMS", "StepForm"]

FORMS = {
    "ask_check": AskCheckForm,
    "answer_check": AnswerCheckForm,
    "solve": SolveForm,
    "register": RegisterForm,
    "reject": RejectForm,
    "dispatch": DispatchForm,
    "decide": DecideForm,
    "accept": AcceptForm,
    "assign": AssignForm,
    "send_back": SendBackForm,
    "ask_help": AskHelpForm,
    "finish_help": FinishHelpForm,
    "feed_back": FeedBackForm,
    "verify": VerifyForm,
    "evaluate": EvaluateForm,
    "reopen": ReopenForm,
    "recheck": RecheckForm,
    "call_back": CallBackForm,
    "urge": UrgeForm,
    "pause": PauseForm,
    "resume": ResumeForm,
    "ask_extension": AskExtensionForm,
    "decide_extension": DecideExtensionForm,
    "issue_slip": IssueSlipForm,
    "answer_slip": AnswerSlipForm,
    "remark": RemarkForm,
    "link": LinkForm,
    "support": SupportForm,
    "split": SplitForm,
    "merge": MergeForm,
}
