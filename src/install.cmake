# The package e2b_snapshot: targets e2b::snapshot and, where it was built, e2b::simulator.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/e2b_snapshot)

set(libraries e2b_snapshot)
set(unbuilt_headers PATTERN simulator.hpp EXCLUDE)
if(TARGET e2b_simulator)
    list(APPEND libraries e2b_simulator)
    set(unbuilt_headers "")
endif()
install(TARGETS ${libraries} EXPORT e2b_snapshot-targets)
install(EXPORT e2b_snapshot-targets NAMESPACE e2b:: DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/e2b TYPE INCLUDE ${unbuilt_headers})
if(TARGET e2b-snapshot)
    install(TARGETS e2b-snapshot)
    install(FILES cli/output/e2b-snapshot.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/e2b-snapshot)
endif()
if(TARGET e2b-snapshot AND e2b_command_texts)
    install(FILES ${e2b_command_texts}/e2b-snapshot.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${e2b_command_texts}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            RENAME e2b-snapshot)
    install(FILES ${e2b_command_texts}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
            RENAME _e2b-snapshot)
    install(FILES ${e2b_command_texts}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
            RENAME e2b-snapshot.fish)
endif()

configure_package_config_file(package-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/e2b_snapshot-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/e2b_snapshot-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/e2b_snapshot-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/e2b_snapshot-config-version.cmake
        DESTINATION ${package_dir})
