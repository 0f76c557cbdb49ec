"""Runs the recipe of Conan with stand-ins for Conan's own classes: it is configured as Conan would, and what it says of its
libraries must be what is installed. Nothing is downloaded or built.

Usage: conan_test.py SOURCE_DIR WORK_DIR COMPILER [PREFIX_PATH]
"""

import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import types

SOURCE, WORK = (pathlib.Path(argument) for argument in sys.argv[1:3])
OPTIONS = {"shared": True, "fPIC": True, "simulator": True, "command": True, "prometheus": False}


class Options(dict):
    __getattr__ = dict.__getitem__
    get_safe = dict.get


class Toolchain:
    """Collects variables, and writes them where CMake's stand-in finds them."""

    def __init__(self, recipe):
        self.recipe = recipe
        self.cache_variables = {}

    def generate(self):
        self.recipe.variables = self.cache_variables


class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def configure(self):
        values = [f"-D{name}={'ON' if value else 'OFF'}" for name, value in self.recipe.variables.items()]
        values += ["-DBUILD_SHARED_LIBS=ON", f"-DCMAKE_CXX_COMPILER={sys.argv[3]}", f"-DCMAKE_PREFIX_PATH={sys.argv[4]}"]
        done = subprocess.run(["cmake", "-S", self.recipe.export_sources_folder, "-B", WORK / "build", "-G", "Ninja", *values],
                              text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert "not used by the project" not in done.stderr, done.stderr

    def build(self):
        targets = subprocess.run(["ninja", "-C", WORK / "build", "-t", "targets", "all"], text=True, capture_output=True).stdout
        self.recipe.libraries = set(re.findall(r"lib(e2b_\w+)\.so:", targets))


class Component:
    def __init__(self):
        self.properties = {}

    def set_property(self, name, value):
        self.properties[name] = value


class Components(dict):
    def __missing__(self, name):
        self[name] = Component()
        return self[name]


def copy(recipe, pattern, source, destination):
    for path in pathlib.Path(source).glob("**/*" if pattern.endswith("/*") else pattern):
        relative = path.resolve().relative_to(pathlib.Path(source).resolve())
        if path.is_file() and (pattern == str(relative) or relative.parts[0] == pattern.split("/")[0]):
            target = pathlib.Path(destination, relative)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(content)


class Recipe:
    def __init__(self):
        self.options = Options(OPTIONS)
        self.recipe_folder = str(SOURCE / "src/packaging/conan")
        self.export_sources_folder = str(WORK / "sources")
        self.cpp_info = Component()
        self.cpp_info.components = Components()
        self.required = []

    def requires(self, reference, **_):
        self.required.append(reference.split("/")[0])


nothing = types.SimpleNamespace(generate=lambda: None)
module("conan", ConanFile=Recipe)
module("conan.tools")
module("conan.tools.build", check_min_cppstd=lambda recipe, standard: None)
module("conan.tools.cmake", CMake=CMake, CMakeDeps=lambda recipe: nothing, CMakeToolchain=Toolchain,
       cmake_layout=lambda recipe: None)
module("conan.tools.files", copy=copy)
shutil.rmtree(WORK, ignore_errors=True)

specification = importlib.util.spec_from_file_location("conanfile", SOURCE / "src/packaging/conan/conanfile.py")
conanfile = importlib.util.module_from_spec(specification)
specification.loader.exec_module(conanfile)
recipe = conanfile.E2bSnapshot()
assert set(recipe.default_options) == set(recipe.options) == set(OPTIONS)
version = re.search(r"VERSION (\S+) ", (SOURCE / "CMakeLists.txt").read_text()).group(1)
assert recipe.version == version, f"the recipe has version {recipe.version}, the project {version}"

recipe.export_sources()
recipe.layout()
recipe.requirements()
recipe.validate()
recipe.generate()
recipe.build()
recipe.package_info()
assert recipe.required == ["boost", "openssl"], recipe.required
named = {library for component in recipe.cpp_info.components.values() for library in component.libs}
assert named == recipe.libraries, f"the recipe names {named}, the build makes {recipe.libraries}"
