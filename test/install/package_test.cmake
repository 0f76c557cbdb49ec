# Builds and runs the project `package` against what is installed in PREFIX.
file(REMOVE_RECURSE ${WORK_DIR})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR}/test/install/package -B ${WORK_DIR} -G Ninja
                        "-DCMAKE_PREFIX_PATH=${PREFIX};${PREFIX_PATH}" -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/consumer COMMAND_ERROR_IS_FATAL ANY)

if(NOT EXISTS ${PREFIX}/bin/e2b-snapshot)
    return()
endif()
execute_process(COMMAND ${PREFIX}/bin/e2b-snapshot --version COMMAND_ERROR_IS_FATAL ANY)
foreach(text man/man1/e2b-snapshot.1 bash-completion/completions/e2b-snapshot zsh/site-functions/_e2b-snapshot
        fish/vendor_completions.d/e2b-snapshot.fish e2b-snapshot/e2b-snapshot.schema.json)
    file(READ ${PREFIX}/share/${text} content)
    if(NOT content MATCHES "e2b.?.?-snapshot") # in a man page the hyphen has a backslash
        message(FATAL_ERROR "${text} is not what it should be")
    endif()
endforeach()
