# Runs the port of vcpkg with stand-ins for vcpkg's own functions: it is configured as vcpkg would, and every option that it
# sets must be one that the project has. Nothing is downloaded or built.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK_DIR})
set(CURRENT_PACKAGES_DIR ${WORK_DIR}/package)
set(FEATURES simulator command)
set(configured FALSE)

function(vcpkg_check_features)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
    set(options "")
    while(arg_FEATURES)
        list(POP_FRONT arg_FEATURES feature option)
        set(value OFF)
        if(feature IN_LIST FEATURES)
            set(value ON)
        endif()
        list(APPEND options -D${option}=${value})
    endwhile()
    set(${arg_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    if(NOT EXISTS ${arg_SOURCE_PATH}/include/e2b/client.hpp)
        message(FATAL_ERROR "the port looks for the project in ${arg_SOURCE_PATH}")
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${WORK_DIR}/build -G Ninja ${arg_OPTIONS}
                            -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${PREFIX_PATH}
                    ERROR_VARIABLE warnings COMMAND_ERROR_IS_FATAL ANY)
    if(warnings MATCHES "not used by the project")
        message(FATAL_ERROR "${warnings}")
    endif()
endfunction()

function(vcpkg_cmake_install)
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR}/build --target e2b_snapshot e2b_simulator e2b-snapshot
                            -- -n
                    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
    file(READ ${WORK_DIR}/build/src/cmake_install.cmake rules)
    if(NOT rules MATCHES "/cmake/${arg_PACKAGE_NAME}")
        message(FATAL_ERROR "nothing is installed for find_package(${arg_PACKAGE_NAME})")
    endif()
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_copy_tools)
endfunction()

set(port ${SOURCE_DIR}/src/packaging/vcpkg/e2b-snapshot)
file(READ ${port}/vcpkg.json manifest)
file(STRINGS ${SOURCE_DIR}/CMakeLists.txt project REGEX "^project\\(")
string(JSON version GET "${manifest}" version)
if(NOT project MATCHES "VERSION ${version} ")
    message(FATAL_ERROR "the port has version ${version}: ${project}")
endif()
include(${port}/portfile.cmake)
