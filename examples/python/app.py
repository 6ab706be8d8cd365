from pathlib import Path

from aws_cdk import App, Environment, Stack
from aws_cdk.aws_dynamodb import Attribute, AttributeType
from aws_cdk.aws_lambda import Code, Runtime
from cdk_breakwater import Access, Breakwater, DeploymentProfile, Handler, Identity, Route

app = App()
stack = Stack(app, "Notes", env=Environment(region="us-east-1"))
notes = Breakwater(
    stack,
    "Notes",
    identity=Identity.user_pool(),
    profile=DeploymentProfile.SANDBOX,
)
code = Code.from_asset(str(Path(__file__).parent / "handlers"), exclude=["__pycache__"])
module = notes.add_module(
    "Pages",
    handler=Handler.from_code(code, "pages.handler", runtime=Runtime.PYTHON_3_13, verifies_tokens=True),
    routes=[
        Route.get("/hello/{name}", access=Access.ANYONE),
        Route.post("/notes", access=Access.PERSON),  # pages.py verifies the token
    ],
)
table = notes.add_table(
    "Written", partition_key=Attribute(name="author", type=AttributeType.STRING), shards=1
)
table.grant_read_write_data(module)
app.synth()
