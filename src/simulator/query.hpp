#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::sim {

/// Undoes percent-encoding; `plus_is_space` as in queries. Empty if the text is not well-formed.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// The parts between the separators, one more than there are separators.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// `key=value&...`, decoded, in order.
class Query {
public:
    /// Empty if it is not well-formed.
    [[nodiscard]] static std::optional<Query> parse(std::string_view text);

    /// The first value of this name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// Every value of this name, split at commas.
    [[nodiscard]] std::vector<std::string_view> list(std::string_view name) const;

    [[nodiscard]] auto begin() const noexcept { return values_.begin(); }
    [[nodiscard]] auto end() const noexcept { return values_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

} // namespace e2b::sim
