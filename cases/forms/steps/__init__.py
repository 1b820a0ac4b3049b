"""One form per step; what a form gives to its verb is in its `calls`."""

from cases.forms.steps import beside, loop, together
from cases.forms.steps.base import ATTACHED, StepForm

__all__ = ["ATTACHED", "FORMS", "StepForm"]

FORMS = {
    form.step: form
    for module in (loop, beside, together)
    for form in vars(module).values()
    if isinstance(form, type) and issubclass(form, StepForm) and form.step
}
