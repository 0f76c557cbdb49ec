# Compiles and runs main.cpp with what pkg-config says of the libraries installed in PREFIX, as a makefile would.
find_program(PKG_CONFIG pkg-config)
if(NOT PKG_CONFIG)
    message("SKIPPED: pkg-config is not installed")
    return()
endif()
file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})
file(GLOB_RECURSE pc ${PREFIX}/*/e2b_snapshot.pc)
get_filename_component(pc_dir ${pc} DIRECTORY)
get_filename_component(library_dir ${pc_dir} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_dir})
set(ENV{LD_LIBRARY_PATH} ${library_dir})

execute_process(COMMAND ${PKG_CONFIG} --print-errors --cflags --libs "e2b_snapshot >= 0.1" e2b_simulator
                OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(COMMAND ${COMPILER} -std=c++20 ${SOURCE_DIR}/test/install/main.cpp -o ${WORK_DIR}/consumer ${flags}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/consumer COMMAND_ERROR_IS_FATAL ANY)
