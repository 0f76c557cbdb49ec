# A port for vcpkg, used from a checkout: vcpkg install e2b-snapshot --overlay-ports=src/packaging/vcpkg
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES
        simulator E2B_SNAPSHOT_BUILD_SIMULATOR
        command E2B_SNAPSHOT_BUILD_COMMAND
        prometheus E2B_SNAPSHOT_BUILD_PROMETHEUS)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS ${FEATURE_OPTIONS} -DE2B_SNAPSHOT_BUILD_TESTS=OFF -DE2B_SNAPSHOT_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME e2b_snapshot CONFIG_PATH lib/cmake/e2b_snapshot)
vcpkg_fixup_pkgconfig()
if("command" IN_LIST FEATURES)
    vcpkg_copy_tools(TOOL_NAMES e2b-snapshot AUTO_CLEAN)
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
