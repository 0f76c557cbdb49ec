# Builds that take less time: headers that are compiled once for many targets, and several units compiled as one.

# e2b_precompiled(NAME HEADER [LIBRARIES]): a target that only compiles HEADER. Targets that use it need the same flags.
function(e2b_precompiled NAME HEADER)
    if(NOT E2B_SNAPSHOT_PRECOMPILE_HEADERS)
        return()
    endif()
    file(CONFIGURE OUTPUT ${NAME}.cpp CONTENT "// A target needs a unit.\n")
    add_library(${NAME} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.cpp)
    target_link_libraries(${NAME} PRIVATE e2b_build_options Boost::headers Boost::json ${ARGN})
    target_precompile_headers(${NAME} PRIVATE ${HEADER})
endfunction()

function(e2b_use_precompiled TARGET NAME)
    if(TARGET ${NAME})
        target_precompile_headers(${TARGET} REUSE_FROM ${NAME})
        target_compile_definitions(${TARGET} PRIVATE $<TARGET_PROPERTY:${NAME},COMPILE_DEFINITIONS>)
    endif()
endfunction()

function(e2b_unity_build TARGET)
    set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ${E2B_SNAPSHOT_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 8)
    # g++ takes a lambda in an included unit for one in a header.
    target_compile_options(${TARGET} PRIVATE
                           $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${E2B_SNAPSHOT_UNITY_BUILD}>>:-Wno-subobject-linkage>)
endfunction()
