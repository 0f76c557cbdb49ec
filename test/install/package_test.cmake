# Installs the build in BINARY_DIR below WORK_DIR, then builds and runs the project `package` against it.
file(REMOVE_RECURSE ${WORK_DIR})
set(prefix ${WORK_DIR}/prefix)

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${prefix}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR}/test/install/package -B ${WORK_DIR}/build
                        -G Ninja -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/build/consumer COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${prefix}/bin/e2b-snapshot --version COMMAND_ERROR_IS_FATAL ANY)
foreach(text man/man1/e2b-snapshot.1 bash-completion/completions/e2b-snapshot zsh/site-functions/_e2b-snapshot
        fish/vendor_completions.d/e2b-snapshot.fish e2b-snapshot/e2b-snapshot.schema.json)
    file(READ ${prefix}/share/${text} content)
    if(NOT content MATCHES "e2b-snapshot")
        message(FATAL_ERROR "${text} is not what it should be")
    endif()
endforeach()
