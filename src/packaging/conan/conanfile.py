"""A recipe for Conan 2, from the top of the project: conan create src/packaging/conan --build=missing"""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class E2bSnapshot(ConanFile):
    name = "e2b-snapshot"
    version = "0.1.0"
    description = "Persistent snapshots of E2B sandboxes from asynchronous C++ services"
    topics = ("e2b", "sandbox", "snapshot", "asio")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "simulator": [True, False], "command": [True, False],
               "prometheus": [True, False]}
    default_options = {"shared": False, "fPIC": True, "simulator": True, "command": False, "prometheus": False}
    implements = ["auto_shared_fpic"]

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..", "..")
        for pattern in ("CMakeLists.txt", "include/*", "src/*"):
            copy(self, pattern, root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # Asio's types are a part of the interface.
        self.requires("boost/[>=1.81 <1.89]", transitive_headers=True, transitive_libs=True)
        self.requires("openssl/[>=3.0 <4]")
        if self.options.prometheus:
            self.requires("prometheus-cpp/[>=1.0 <2]")

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for option, name in (("simulator", "SIMULATOR"), ("command", "COMMAND"), ("prometheus", "PROMETHEUS")):
            toolchain.cache_variables[f"E2B_SNAPSHOT_BUILD_{name}"] = bool(self.options.get_safe(option))
        toolchain.cache_variables["E2B_SNAPSHOT_BUILD_TESTS"] = False
        toolchain.cache_variables["E2B_SNAPSHOT_INSTALL"] = True
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "e2b_snapshot")
        self._component("snapshot", ["boost::headers", "boost::json", "openssl::openssl"])
        if self.options.simulator:
            self._component("simulator", ["boost::json", "openssl::openssl"])
        if self.options.prometheus:
            self._component("prometheus", ["snapshot", "prometheus-cpp::prometheus-cpp-core"])

    def _component(self, name, requires):
        component = self.cpp_info.components[name]
        component.libs = [f"e2b_{name}"]
        component.requires = requires
        component.system_libs = ["pthread"]
        component.set_property("cmake_target_name", f"e2b::{name}")
        component.set_property("pkg_config_name", f"e2b_{name}")
