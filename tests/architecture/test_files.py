"""No file says where packages come from: an installation is told that by whoever installs."""

import re

from tests.architecture.files import name_of, project_files

# In pieces, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache", "org"),
        ("conda", "anaconda", "org"),
        ("deb", "debian", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("unpkg", "com"),
        ("cdn", "jsdelivr", "net"),
        ("cdnjs", "cloudflare", "com"),
    ]
]
NAMED = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, HOSTS)) + r")(?![\w-])", re.IGNORECASE)
INDEX_OPTION = re.compile(r"^\s*--?(?:extra-)?(?:index-url|find-links|i|f)\b", re.MULTILINE)


def test_no_file_names_a_package_registry():
    naming = [
        f"{name_of(path)}: {found[0]}"
        for path in project_files()
        if (found := NAMED.search(path.read_bytes().decode("utf-8", "ignore")))
    ]
    assert naming == []


def test_requirements_are_pinned_with_hashes_and_carry_no_index():
    for path in project_files(".txt"):
        if path.parent.name != "requirements":
            continue
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        assert not INDEX_OPTION.search(text), name_of(path)
        packages = re.findall(r"^\w.*$", text, re.MULTILINE)
        assert packages, name_of(path)
        assert [line for line in packages if "==" not in line or "--hash=" not in line] == []
