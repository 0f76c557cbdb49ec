# Debian packages by CPack: ./dev package. The shared libraries, what is needed to build with them, and the command.
# CMAKE_INSTALL_PREFIX must be /usr, so that Debian's folders for libraries are used, and BUILD_SHARED_LIBS on.
set(CPACK_PACKAGE_NAME e2b-snapshot)
set(CPACK_PACKAGE_VENDOR e2b-snapshot)
set(CPACK_PACKAGE_CONTACT "The e2b-snapshot authors <maintainers@e2b-snapshot.invalid>")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL library development command)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src ${PROJECT_BINARY_DIR}/src/simulator)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(abi ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(full_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(boost_abi ${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR})

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libe2b-snapshot${abi})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "Persistent snapshots of E2B sandboxes: shared libraries
 Takes snapshots of one sandbox or of a fleet, and says of each request
 truthfully whether a snapshot exists. Includes the simulator of the platform.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS ca-certificates)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libe2b-snapshot-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "Persistent snapshots of E2B sandboxes: development files
 Headers, and what CMake and pkg-config need to find the libraries.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libe2b-snapshot${abi} (= ${full_version}), \
libboost${boost_abi}-dev, libboost-json${boost_abi}-dev, libssl-dev (>= 3.0)")
if(TARGET e2b_prometheus)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", prometheus-cpp-dev")
endif()

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME e2b-snapshot)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "Takes persistent snapshots of E2B sandboxes
 One sandbox or a whole fleet at a time, with a journal that survives the
 process, and a simulator of the platform to try it with.")
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "libe2b-snapshot${abi} (= ${full_version})")
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS ca-certificates)

include(CPack)
