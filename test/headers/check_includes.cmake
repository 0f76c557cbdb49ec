# Fails where one of HEADERS, compiled by COMPILER with INCLUDE_DIRS (separated by commas), brings in a forbidden header at any depth.
set(forbidden "/boost/beast[/.]|/openssl/|/boost/json[/.]|/boost/asio/ssl[/.]")

string(REPLACE "," ";" INCLUDE_DIRS "${INCLUDE_DIRS}")
set(include_flags "")
foreach(directory IN LISTS INCLUDE_DIRS)
    list(APPEND include_flags -I${directory})
endforeach()

set(failed FALSE)
foreach(header IN LISTS HEADERS)
    execute_process(COMMAND ${COMPILER} -std=c++20 -x c++ -M ${include_flags} ${header}
                    OUTPUT_VARIABLE dependencies COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "[ \\\n]+" ";" dependencies "${dependencies}")
    list(FILTER dependencies INCLUDE REGEX "${forbidden}")
    if(dependencies)
        list(GET dependencies 0 first)
        message("${header} brings in ${first}")
        set(failed TRUE)
    endif()
endforeach()
if(failed)
    message(FATAL_ERROR "public headers must not include Beast, OpenSSL or Boost.JSON")
endif()
