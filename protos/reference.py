"""Writes the reference of the public API from its definitions.

    reference.py DESCRIPTORS OUT.md

DESCRIPTORS is what protoc writes with --include_imports --include_source_info.
Every service, message and enum of collate.v1 is there with its comments, in
the order of the files; types link to where they are described.
"""

import sys

from google.protobuf import descriptor_pb2

PACKAGE = "collate.v1"
FIELD = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    FIELD.TYPE_DOUBLE: "double", FIELD.TYPE_FLOAT: "float",
    FIELD.TYPE_INT64: "int64", FIELD.TYPE_UINT64: "uint64",
    FIELD.TYPE_INT32: "int32", FIELD.TYPE_UINT32: "uint32",
    FIELD.TYPE_SINT32: "sint32", FIELD.TYPE_SINT64: "sint64",
    FIELD.TYPE_FIXED64: "fixed64", FIELD.TYPE_FIXED32: "fixed32",
    FIELD.TYPE_BOOL: "bool", FIELD.TYPE_STRING: "string",
    FIELD.TYPE_BYTES: "bytes",
}


def anchor(name):
    return name.replace(".", "").lower()


def short(name):
    """A type as it is written within the package."""
    return name.removeprefix(f".{PACKAGE}.").removeprefix(".")


def link(type_name):
    name = short(type_name)
    if not type_name.startswith(f".{PACKAGE}."):
        return f"`{name}`"
    return f"[{name}](#{anchor(name)})"


class File:
    def __init__(self, proto, out):
        self.comments = {
            tuple(place.path): place.leading_comments
            for place in proto.source_code_info.location}
        self.proto = proto
        self.out = out

    def text(self, path):
        """A comment as one paragraph, or as many as it has."""
        lines = [line.strip() for line in
                 self.comments.get(tuple(path), "").splitlines()]
        return "\n\n".join(
            " ".join(part.split("\n"))
            for part in "\n".join(lines).strip().split("\n\n"))

    def cell(self, path):
        return self.text(path).replace("\n\n", " ").replace("|", "\\|")

    def write(self):
        for i, service in enumerate(self.proto.service):
            self.service(service, (6, i))
        for i, message in enumerate(self.proto.message_type):
            self.message(message, message.name, (4, i))
        for i, enum in enumerate(self.proto.enum_type):
            self.enum(enum, enum.name, (5, i))

    def service(self, service, path):
        self.out.append(f"## {service.name}\n\n{self.text(path)}\n")
        self.out.append("| method | request | response | |\n|---|---|---|---|")
        for i, method in enumerate(service.method):
            request, response = (
                ("stream " if streams else "") + link(name)
                for streams, name in (
                    (method.client_streaming, method.input_type),
                    (method.server_streaming, method.output_type)))
            self.out.append(f"| `{method.name}` | {request} | {response} | "
                            f"{self.cell((*path, 2, i))} |")
        self.out.append("")

    def message(self, message, name, path):
        if message.options.map_entry:
            return
        self.out.append(f"### {name}\n\n{self.text(path)}\n")
        if message.field:
            self.out.append("| field | type | |\n|---|---|---|")
        entries = {f".{PACKAGE}.{name}.{nested.name}": nested
                   for nested in message.nested_type
                   if nested.options.map_entry}
        for i, field in enumerate(message.field):
            self.out.append(
                f"| `{field.name}` | {self.type(field, entries)} | "
                f"{self.cell((*path, 2, i))} |")
        self.out.append("")
        for i, nested in enumerate(message.nested_type):
            self.message(nested, f"{name}.{nested.name}", (*path, 3, i))
        for i, enum in enumerate(message.enum_type):
            self.enum(enum, f"{name}.{enum.name}", (*path, 4, i))

    def type(self, field, entries):
        if field.type_name in entries:
            key, value = entries[field.type_name].field
            return f"map of {self.type(key, {})} to {self.type(value, {})}"
        name = SCALARS.get(field.type) or link(field.type_name)
        return (f"repeated {name}" if field.label == FIELD.LABEL_REPEATED
                else name)

    def enum(self, enum, name, path):
        self.out.append(f"### {name}\n\n{self.text(path)}\n")
        self.out.append("| value | number | |\n|---|---|---|")
        for i, value in enumerate(enum.value):
            self.out.append(f"| `{value.name}` | {value.number} | "
                            f"{self.cell((*path, 2, i))} |")
        self.out.append("")


def main():
    descriptors, out_path = sys.argv[1:]
    files = descriptor_pb2.FileDescriptorSet()
    with open(descriptors, "rb") as source:
        files.ParseFromString(source.read())
    ours = [file for file in files.file if file.package == PACKAGE]
    # Services first: they are what a reader comes for.
    ours.sort(key=lambda file: (not file.service, file.name))
    out = [f"# Reference of {PACKAGE}\n",
           "Made from the comments of `protos/collate/v1`. Over HTTP a method "
           "is `POST /collate.v1.SERVICE/METHOD` with its request as JSON, "
           "names in camelCase and numbers of 64 bits as strings.\n"]
    for proto in ours:
        File(proto, out).write()
    with open(out_path, "w", encoding="utf-8") as target:
        target.write("\n".join(out))


if __name__ == "__main__":
    main()
