# Runs a test that needs packages from npm: installs what SOURCE_DIR's lock file says into WORK_DIR, then runs
# COMMAND there, a list, with the path of node and of FILE's copy added. Says SKIPPED where that is not possible.
function(skip why)
    message("SKIPPED: ${why}")
endfunction()

if(NOT NODE OR NOT NPM)
    skip("node and npm are not installed")
    return()
endif()
execute_process(COMMAND ${NODE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "^v" "" version "${version}")
if(version VERSION_LESS 20.18.1)
    skip("node is version ${version}; at least 20.18.1 is needed")
    return()
endif()

file(MAKE_DIRECTORY ${WORK_DIR})
set(installed ${WORK_DIR}/node_modules/installed.json) # the lock file that node_modules was made from
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${SOURCE_DIR}/package-lock.json ${installed}
                RESULT_VARIABLE changed ERROR_QUIET)
if(changed)
    file(COPY ${SOURCE_DIR}/package.json ${SOURCE_DIR}/package-lock.json DESTINATION ${WORK_DIR})
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${WORK_DIR}
                    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(failed)
        skip("the packages cannot be installed:\n${output}")
        return()
    endif()
    file(COPY_FILE ${SOURCE_DIR}/package-lock.json ${installed})
endif()

# Node looks for modules beside the script that imports them.
file(COPY ${SOURCE_DIR}/${FILE} DESTINATION ${WORK_DIR})
execute_process(COMMAND ${COMMAND} ${NODE} ${WORK_DIR}/${FILE} WORKING_DIRECTORY ${WORK_DIR}
                COMMAND_ERROR_IS_FATAL ANY)
