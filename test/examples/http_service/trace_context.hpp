#pragma once

#include <string>
#include <string_view>

/// The header `traceparent` for a request that a request leads to, as W3C Trace Context has it: the same
/// trace, and a parent of its own. Where the incoming one is missing or damaged, a new trace begins.
[[nodiscard]] std::string child_of(std::string_view traceparent);
