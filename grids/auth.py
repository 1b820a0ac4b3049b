"""Log-in of staff. Rights come from postings, never from Django's groups."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class StaffBackend(ModelBackend):
    def user_can_authenticate(self, user):
        return user.is_active and (settings.DEMO or not user.is_demo)

    def has_perm(self, user_obj, perm, obj=None):
        return False

    def get_all_permissions(self, user_obj, obj=None):
        return set()
