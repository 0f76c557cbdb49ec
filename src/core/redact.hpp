#pragma once

#include <e2b/deletion.hpp>
#include <e2b/page.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>
#include <e2b/template.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::core {

/// `text` with `***` wherever it has `secret` (if that is not empty), cut to `most` bytes between two
/// characters of UTF-8. No part of the secret is left where it is cut.
[[nodiscard]] std::string redacted(std::string_view text, std::string_view secret, std::size_t most);

/// Puts `***` in the place of every `secret` (if not empty) that a server echoed.
void redact(std::string& text, std::string_view secret);

/// The same in every text of a result. Ids are to be used again, so a secret of fewer than 8 bytes, which may
/// be in one by chance, is left.
void redact_result(SnapshotInfo& info, std::string_view secret);
void redact_result(SandboxInfo& info, std::string_view secret);
void redact_result(TemplateTag& tag, std::string_view secret);
void redact_result(TemplateInfo& info, std::string_view secret);
void redact_result(std::string& id, std::string_view secret);
inline void redact_result(Deletion, std::string_view) noexcept {}

template <class T>
void redact_result(std::vector<T>& items, std::string_view secret) {
    for (auto& item : items)
        redact_result(item, secret);
}

template <class T>
void redact_result(ListPage<T>& page, std::string_view secret) {
    redact_result(page.items, secret);
}

template <class T>
void redact_result(std::optional<T>& result, std::string_view secret) {
    if (result)
        redact_result(*result, secret);
}

} // namespace e2b::core
