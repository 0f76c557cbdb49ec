# What `cmake --install` installs: the package e2b_snapshot for find_package with the targets e2b::snapshot and, where they
# were built, e2b::simulator and e2b::prometheus; the same for pkg-config. It comes in three components, which are the
# packages of packaging/deb.cmake: library, development and command.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/e2b_snapshot)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(libraries e2b_snapshot)
set(headers_left_out "")
foreach(part simulator prometheus)
    if(TARGET e2b_${part})
        list(APPEND libraries e2b_${part})
    else()
        list(APPEND headers_left_out PATTERN ${part}.hpp EXCLUDE)
    endif()
endforeach()
install(TARGETS ${libraries} EXPORT e2b_snapshot-targets
        RUNTIME COMPONENT library
        LIBRARY COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE COMPONENT development)
install(EXPORT e2b_snapshot-targets NAMESPACE e2b:: DESTINATION ${package_dir} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/e2b TYPE INCLUDE COMPONENT development ${headers_left_out})

if(TARGET e2b-snapshot)
    # Wherever the installed tree is moved to, the command finds the shared libraries beside it.
    if(BUILD_SHARED_LIBS AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
        file(RELATIVE_PATH libraries_from_command ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
        set_target_properties(e2b-snapshot PROPERTIES INSTALL_RPATH "$ORIGIN/${libraries_from_command}")
    endif()
    install(TARGETS e2b-snapshot COMPONENT command)
    install(FILES cli/output/e2b-snapshot.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/e2b-snapshot
            COMPONENT command)
endif()
if(TARGET e2b-snapshot AND e2b_command_texts)
    install(FILES ${e2b_command_texts}/e2b-snapshot.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command)
    install(FILES ${e2b_command_texts}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            RENAME e2b-snapshot COMPONENT command)
    install(FILES ${e2b_command_texts}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
            RENAME _e2b-snapshot COMPONENT command)
    install(FILES ${e2b_command_texts}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
            RENAME e2b-snapshot.fish COMPONENT command)
endif()

set(find_prometheus "")
if(TARGET e2b_prometheus)
    set(find_prometheus "find_dependency(prometheus-cpp)")
endif()
configure_package_config_file(packaging/config.cmake.in ${PROJECT_BINARY_DIR}/e2b_snapshot-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/e2b_snapshot-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/e2b_snapshot-config.cmake ${PROJECT_BINARY_DIR}/e2b_snapshot-config-version.cmake
        DESTINATION ${package_dir} COMPONENT development)

# e2b_pkgconfig(NAME DESCRIPTION [USES packages] [REQUIRES packages] [LIBS flags] [CFLAGS flags]): NAME.pc. USES are packages
# that are a part of the interface; what the library itself needs is linked by its user only where it is static.
function(e2b_pkgconfig NAME DESCRIPTION)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "USES;REQUIRES;LIBS;CFLAGS" "")
    file(RELATIVE_PATH prefix_from_here /${pkgconfig_dir} /)
    string(REGEX REPLACE "/$" "" prefix_from_here "${prefix_from_here}")
    set(requires ${arg_USES})
    set(libs -l${NAME})
    if(BUILD_SHARED_LIBS)
        set(private_requires ${arg_REQUIRES})
        set(private_libs ${arg_LIBS})
    else()
        list(APPEND requires ${arg_REQUIRES})
        string(APPEND libs " ${arg_LIBS}")
    endif()
    list(JOIN requires ", " requires)
    configure_file(packaging/library.pc.in ${PROJECT_BINARY_DIR}/${NAME}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${NAME}.pc DESTINATION ${pkgconfig_dir} COMPONENT development)
endfunction()

# Boost has no package for pkg-config.
set(boost_cflags "")
if(NOT Boost_INCLUDE_DIRS STREQUAL "/usr/include")
    set(boost_cflags "-I${Boost_INCLUDE_DIRS}")
endif()
set(boost_libs "-lboost_json")
get_target_property(boost_json Boost::json LOCATION)
get_filename_component(boost_lib_dir "${boost_json}" DIRECTORY)
if(NOT boost_lib_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    string(PREPEND boost_libs "-L${boost_lib_dir} ")
endif()

e2b_pkgconfig(e2b_snapshot "${PROJECT_DESCRIPTION}; needs -std=c++20 and Boost ${Boost_VERSION}"
              CFLAGS "${boost_cflags}" REQUIRES "openssl >= 3.0" LIBS "${boost_libs} -pthread")
if(TARGET e2b_simulator)
    e2b_pkgconfig(e2b_simulator "A double of the E2B platform for tests; needs -std=c++20"
                  REQUIRES "openssl >= 3.0" LIBS "${boost_libs} -pthread")
endif()
if(TARGET e2b_prometheus)
    e2b_pkgconfig(e2b_prometheus "Metrics of e2b_snapshot for Prometheus; needs -std=c++20"
                  USES "e2b_snapshot = ${PROJECT_VERSION}" REQUIRES prometheus-cpp-core)
endif()

if(PROJECT_IS_TOP_LEVEL)
    include(packaging/deb.cmake)
endif()
