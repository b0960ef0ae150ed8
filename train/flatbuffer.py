"""TFLite files as objects.

Schema: https://github.com/google-ai-edge/LiteRT/blob/main/tflite/schema/schema.fbs.
"""

from __future__ import annotations

from typing import Any

from ai_edge_litert import schema_py_generated as schema

_NAMES = {
    value: name
    for name, value in vars(schema.BuiltinOperator).items()
    if not name.startswith("_") and isinstance(value, int)
}


def parse(content: bytes) -> Any:
    """The file as a `ModelT`."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def kind(model: Any, operator: Any) -> str:
    """Name of an operator's type, such as CONV_2D."""
    code = model.operatorCodes[operator.opcodeIndex]
    # Types beyond 126 stand in the newer of the two fields only.
    return _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
