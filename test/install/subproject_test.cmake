# Builds and runs the project `subproject`, which has the library by HOW as a part of itself, and looks for side effects.
# SHARED: how the library is built. The first of these tests is that of FetchContent and shared: it makes the repository
# that FetchContent clones, with exactly the files that are a part of the library.
find_program(GIT git REQUIRED)
set(repository ${WORK_DIR}/repository)

if(HOW STREQUAL FetchContent AND SHARED)
    file(REMOVE_RECURSE ${WORK_DIR})
    foreach(part CMakeLists.txt include src)
        file(COPY ${SOURCE_DIR}/${part} DESTINATION ${repository})
    endforeach()
    set(git ${GIT} -C ${repository} -c user.name=test -c user.email=test@localhost -c init.defaultBranch=main)
    execute_process(COMMAND ${git} init --quiet COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${git} add . COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${git} commit --quiet --message "Everything" COMMAND_ERROR_IS_FATAL ANY)
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR}/test/install/subproject -B ${WORK_DIR}/build -G Ninja
                        -DHOW=${HOW} -DREPOSITORY=file://${repository} -DBUILD_SHARED_LIBS=${SHARED} -UE2B_SNAPSHOT_INSTALL
                        -DE2B_SNAPSHOT_PRECOMPILE_HEADERS=ON -DE2B_SNAPSHOT_UNITY_BUILD=ON
                        -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
                        -DCMAKE_PREFIX_PATH=${PREFIX_PATH} -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/build/consumer COMMAND_ERROR_IS_FATAL ANY)

# No flag of the library's own reaches the consumer's sources.
file(READ ${WORK_DIR}/build/compile_commands.json commands)
string(JSON count LENGTH "${commands}")
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
    string(JSON file GET "${commands}" ${index} file)
    string(JSON command GET "${commands}" ${index} command)
    if(file MATCHES "/install/main.cpp$")
        set(consumer_command "${command}")
    endif()
endforeach()
string(REPLACE "\\" "" consumer_command "${consumer_command}")
string(REPLACE "\"" "" consumer_command "${consumer_command}")
string(REPLACE "${WORK_DIR}/build/a project/src/e2b_snapshot-src" "" consumer_command "${consumer_command}")
if(NOT consumer_command OR consumer_command MATCHES " -W| -fsanitize| -D| -I/src")
    message(FATAL_ERROR "the consumer is compiled by: ${consumer_command}")
endif()

# No test and no install rule of the library's own.
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} -N --test-dir ${WORK_DIR}/build
                OUTPUT_VARIABLE tests COMMAND_ERROR_IS_FATAL ANY)
if(NOT tests MATCHES "Total Tests: 1[\r\n]")
    message(FATAL_ERROR "more than the consumer's own test: ${tests}")
endif()
file(REMOVE_RECURSE ${WORK_DIR}/prefix)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${WORK_DIR}/prefix
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed RELATIVE ${WORK_DIR}/prefix ${WORK_DIR}/prefix/*)
if(NOT installed STREQUAL "bin/consumer")
    message(FATAL_ERROR "more than the consumer's own file was installed: ${installed}")
endif()
