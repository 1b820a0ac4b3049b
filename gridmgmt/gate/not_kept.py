"""No browser and no proxy keeps what the site answers, except what this list names."""

# Address -> how it may be kept. They know nobody; files under static/ are answered before this.
# What a phone keeps of the day, the service worker keeps by itself and removes by itself.
MAY_BE_KEPT = {
    "service_worker": "no-cache",
    "manifest": "public, max-age=3600",
    "offline": "no-cache",
}
NOT_KEPT = "private, no-store"


class NotKeptMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.get_response(request)
        found = request.resolver_match and MAY_BE_KEPT.get(request.resolver_match.view_name)
        is_good = answer.status_code in {200, 304}
        answer["Cache-Control"] = found if found and is_good else NOT_KEPT
        return answer
