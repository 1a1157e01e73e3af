"""The production ensemble as ONNX graphs: they need no pickle, no training library and no code of this project."""
