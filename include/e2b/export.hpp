#pragma once

/// Marks what the library's users may link with; all other symbols are hidden.
#if defined(__GNUC__)
#define E2B_SNAPSHOT_API __attribute__((visibility("default")))
#else
#define E2B_SNAPSHOT_API
#endif
