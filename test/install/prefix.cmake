# Installs the build in BINARY_DIR into PREFIX, which is emptied before. With OPTIONS it is configured anew with these.
file(REMOVE_RECURSE ${PREFIX})
if(OPTIONS)
    execute_process(COMMAND ${CMAKE_COMMAND} ${OPTIONS} ${BINARY_DIR} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${PREFIX}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
if(EXISTS ${PREFIX}/bin/e2b-snapshot)
    execute_process(COMMAND ${PREFIX}/bin/e2b-snapshot --version COMMAND_ERROR_IS_FATAL ANY)
endif()
