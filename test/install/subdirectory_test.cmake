# Builds and runs the project `subdirectory`, which contains a copy of SOURCE_DIR, and looks for side effects.
file(REMOVE_RECURSE ${WORK_DIR})
# Where a checkout lies is its owner's choice: here below a folder called src, with a blank in its path.
set(copy "${WORK_DIR}/a project/src")
foreach(part CMakeLists.txt cmake include src)
    file(COPY "${SOURCE_DIR}/${part}" DESTINATION "${copy}")
endforeach()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR}/test/install/subdirectory -B ${WORK_DIR}/build
                        -G Ninja "-DE2B_SOURCE_DIR=${copy}" -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
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
    if(file MATCHES "/subdirectory/main.cpp$")
        set(consumer_command "${command}")
    endif()
endforeach()
string(REPLACE "\\" "" consumer_command "${consumer_command}")
string(REPLACE "\"" "" consumer_command "${consumer_command}")
string(REPLACE "${copy}" "" consumer_command "${consumer_command}")
if(NOT consumer_command OR consumer_command MATCHES " -W| -fsanitize| -D| -I/src")
    message(FATAL_ERROR "the consumer is compiled by: ${consumer_command}")
endif()

# No test and no install rule of the library's own.
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} -N --test-dir ${WORK_DIR}/build
                OUTPUT_VARIABLE tests COMMAND_ERROR_IS_FATAL ANY)
if(NOT tests MATCHES "Total Tests: 1[\r\n]")
    message(FATAL_ERROR "more than the consumer's own test: ${tests}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${WORK_DIR}/prefix
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed RELATIVE ${WORK_DIR}/prefix ${WORK_DIR}/prefix/*)
if(NOT installed STREQUAL "bin/consumer")
    message(FATAL_ERROR "more than the consumer's own file was installed: ${installed}")
endif()
