#!/usr/bin/env python3
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the manual of the bus interfaces from their XML: document.py markdown|man OUTPUT XML…

What stands in the comment before an interface or a member is its documentation:

    Name: what it is
    @argument: what it is

    Paragraphs. Lines with a gap of two spaces or more are entries of a list, term and meaning; what is indented
    below one belongs to it.

It fails, and names the place, if an interface, a member or an argument has none, or if one is described that is not
there.
"""

import os
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

KINDS = {"property": "Properties", "method": "Methods", "signal": "Signals"}
GAP = re.compile(r"(?<=\S) {2,}(?=\S)")


class Undocumented(Exception):
    pass


@dataclass
class Text:
    words: str


@dataclass
class Entry:
    term: str
    meaning: str


@dataclass
class Argument:
    name: str
    type: str
    is_input: bool
    blocks: list


@dataclass
class Member:
    kind: str
    name: str
    type: str = ""
    arguments: list = field(default_factory=list)
    blocks: list = field(default_factory=list)

    def signature(self):
        if self.kind == "property":
            return f"{self.name} {self.type}"
        before = ", ".join(f"{a.type} {a.name}" for a in self.arguments if a.is_input or self.kind == "signal")
        after = ", ".join(f"{a.type} {a.name}" for a in self.arguments if not a.is_input and self.kind == "method")
        return f"{self.name}({before})" + (f" → ({after})" if after else "")


@dataclass
class Interface:
    name: str
    brief: str
    blocks: list
    members: list


def dedented(lines):
    return textwrap.dedent("\n".join(lines)).split("\n") if lines else []


def indentation(line):
    return len(line) - len(line.lstrip())


def blocks_of(lines):
    """Texts and entries of lines whose outermost have no indentation."""
    blocks = []
    words = []

    def end_text():
        if words:
            blocks.append(Text(" ".join(words)))
            words.clear()

    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        below = []
        while index < len(lines) and lines[index].strip() and indentation(lines[index]) > 0:
            below.append(lines[index])
            index += 1
        if not line.strip():
            end_text()
        elif gap := GAP.search(line):
            end_text()
            meaning = " ".join([line[gap.end():], *(each.strip() for each in below)])
            blocks.append(Entry(line[: gap.start()].rstrip(":"), meaning))
        elif below and not any(GAP.search(each) for each in below):
            end_text()
            blocks.append(Entry(line.strip(), " ".join(each.strip() for each in below)))
        else:
            words.append(line.strip())
            if below:
                end_text()
                blocks += blocks_of(dedented(below))
    end_text()
    return blocks


def with_head(head, lines):
    """Blocks of a description that begins on the line of its name."""
    rest = blocks_of(dedented(lines))
    if rest and isinstance(rest[0], Text):
        rest[0].words = f"{head} {rest[0].words}".strip()
    elif head:
        rest.insert(0, Text(head))
    return rest


def arguments_and_rest(lines):
    """The descriptions of arguments, by name, and the lines after them."""
    described = {}
    while lines and lines[0].startswith("@"):
        name, _, head = lines.pop(0)[1:].partition(":")
        below = []
        while lines and lines[0].strip() and not lines[0].startswith("@"):
            below.append(lines.pop(0))
        described[name] = with_head(head.strip(), below)
    return described, lines


def described(comment, name):
    """Head, arguments and further lines of the comment before `name`."""
    if comment is None:
        raise Undocumented("is not documented")
    first, *rest = comment.text.strip().split("\n")
    found, _, head = first.partition(":")
    if found != name:
        raise Undocumented(f'is not documented: the comment before it is about "{found}"')
    arguments, rest = arguments_and_rest(dedented(rest))
    return head.strip(), arguments, rest


def member_of(element, comment):
    name = element.get("name")
    head, about, rest = described(comment, name)
    member = Member(element.tag, name, element.get("type", ""))
    for argument in element.findall("arg"):
        blocks = about.pop(argument.get("name"), None)
        if not blocks:
            raise Undocumented(f'has an argument that is not documented: {argument.get("name")}')
        member.arguments.append(
            Argument(argument.get("name"), argument.get("type"), argument.get("direction") == "in", blocks))
    if about:
        raise Undocumented(f"has no such argument: {', '.join(about)}")
    member.blocks = with_head(head[:1].upper() + head[1:], rest)
    if not member.blocks:
        raise Undocumented("is not documented")
    return member


def interface_of(element, comment):
    name = element.get("name")
    _, about, rest = described(comment, name)
    brief = about.get("short_description", [Text("")])[0].words
    if not brief:
        raise Undocumented("has no @short_description")
    members = []
    for member, before in with_comments(element):
        if member.tag not in KINDS:
            continue
        try:
            members.append(member_of(member, before))
        except Undocumented as missing:
            raise Undocumented(f'{member.get("name")} {missing}') from None
    return Interface(name, brief, blocks_of(rest), members)


def with_comments(parent):
    """The elements of `parent`, each with the comment that stands before it."""
    comment = None
    for child in parent:
        if child.tag is ElementTree.Comment:
            comment = child
        else:
            yield child, comment
            comment = None


def read(path):
    builder = ElementTree.TreeBuilder(insert_comments=True)
    node = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
    for element, comment in with_comments(node):
        if element.tag == "interface":
            try:
                yield interface_of(element, comment)
            except Undocumented as missing:
                raise Undocumented(f'{path}: {element.get("name")}: {missing}') from None


# ---- Markdown

def markdown_text(words):
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", words)


def markdown_blocks(blocks, indent=""):
    lines = []
    for block in blocks:
        if isinstance(block, Text):
            lines += ["", indent + markdown_text(block.words), ""]
        else:
            lines.append(f"{indent}* `{block.term}`: {markdown_text(block.meaning)}")
    return lines


def markdown_member(member):
    lines = [f"### {member.name}", "", f"    {member.signature()}", *markdown_blocks(member.blocks), ""]
    for argument in member.arguments:
        first, *rest = argument.blocks
        lead = markdown_text(first.words) if isinstance(first, Text) else ""
        lines.append(f"* `{argument.name}`: {lead}".rstrip())
        lines += markdown_blocks(rest if lead else argument.blocks, "  ")
    return lines + [""]


def markdown(interfaces):
    lines = ["# The bus interfaces of gamesched", "", "Made from `dbus/*.xml`, which are installed as well.", ""]
    lines += [f"* [{each.name}](#{anchor(each.name)}): {each.brief}" for each in interfaces]
    for interface in interfaces:
        lines += ["", f"# {interface.name}", "", interface.brief + ".", *markdown_blocks(interface.blocks)]
        for kind, title in KINDS.items():
            members = [member for member in interface.members if member.kind == kind]
            if members:
                lines += ["", f"## {title} of {interface.name}", ""]
            for member in members:
                lines += markdown_member(member)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def anchor(title):
    return re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-"))


# ---- man page

def roff_text(words):
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", words)


def roff_blocks(blocks, is_indented=False):
    lines = []
    for block in blocks:
        if isinstance(block, Text):
            lines += [".IP" if is_indented else ".PP", roff_text(block.words)]
        else:
            lines += [".TP", f".B {roff_text(block.term)}".replace('"', "\\(dq"), roff_text(block.meaning)]
    return lines


def roff_member(member):
    lines = [f".SS {roff_text(member.signature())}".replace('"', "\\(dq"), *roff_blocks(member.blocks)]
    for argument in member.arguments:
        first, *rest = argument.blocks
        lines += [".TP", f".I {roff_text(argument.name)}"]
        lines += [roff_text(first.words)] if isinstance(first, Text) else ["\\&"]
        inner = roff_blocks(rest if isinstance(first, Text) else argument.blocks, is_indented=True)
        lines += [".RS", *inner, ".RE"] if inner else []
    return lines


def man(interfaces):
    name = os.path.commonprefix([each.name + "." for each in interfaces]).rstrip(".")
    lines = ['.\\" Made from the interface XML.', f'.TH {name.upper()} 5 "" gamesched "Bus Interfaces"', ".SH NAME",
             f"{name} \\- the bus interfaces of gamesched"]
    for interface in interfaces:
        lines += [f'.SH "{interface.name}"', roff_text(interface.brief) + ".", *roff_blocks(interface.blocks)]
        for kind in KINDS:
            for member in interface.members:
                lines += roff_member(member) if member.kind == kind else []
    lines += [".SH SEE ALSO", ".BR gamesched (1),", ".BR gameschedd (8),", ".BR busctl (1)"]
    return "\n".join(lines) + "\n"


def main():
    form, output, *paths = sys.argv[1:]
    try:
        interfaces = [interface for path in paths for interface in read(path)]
    except Undocumented as missing:
        sys.exit(f"document.py: {missing}")
    with open(output, "w", encoding="utf-8") as file:
        file.write({"markdown": markdown, "man": man}[form](interfaces))


if __name__ == "__main__":
    main()
