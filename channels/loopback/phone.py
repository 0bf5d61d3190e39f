from flask import Blueprint

blueprint = Blueprint("phone", __name__, url_prefix="/phone")
