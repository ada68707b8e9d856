from werkzeug.wrappers import Request, Response
from ..sandbox import Sandbox


def hosted_page(sandbox: Sandbox, request: Request) -> Response:
    return Response("soon", 200)
