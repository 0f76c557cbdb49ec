#include "core/snapshot_body.hpp"

#include "core/json_events.hpp"

#include <algorithm>

namespace e2b::core {

namespace {

constexpr std::size_t max_string = 512;
constexpr std::size_t max_names = 1000;

class SnapshotEvents : public JsonEvents<SnapshotEvents> {
public:
    // Not defaulted: the parser would set the memory for keys to zero, for each response.
    SnapshotEvents() {}

    bool member(std::string_view key) {
        member_ = key == "snapshotID" ? Member::id : key == "names" ? Member::names : Member::other;
        return true;
    }

    bool value(JsonKind kind) {
        target_ = nullptr;
        switch (member_) {
        case Member::id:
            target_ = &info_.snapshot_id;
            return kind == JsonKind::string;
        case Member::names:
            if (depth() == 1)
                return kind == JsonKind::array || kind == JsonKind::null;
            return kind == JsonKind::string && add_name();
        case Member::other:
            break;
        }
        return true;
    }

    bool text(std::string_view part) {
        if (target_ == nullptr)
            return true;
        if (part.size() > max_string - target_->size())
            return false;
        target_->append(part);
        return true;
    }

    void integer(std::int64_t) {}

    std::optional<SnapshotInfo> take() {
        if (info_.snapshot_id.empty() || std::ranges::any_of(info_.names, &std::string::empty))
            return std::nullopt;
        return std::move(info_);
    }

private:
    enum class Member { other, id, names };

    bool add_name() {
        if (info_.names.size() == max_names)
            return false;
        target_ = &info_.names.emplace_back();
        return true;
    }

    SnapshotInfo info_;
    std::string* target_ = nullptr;
    Member member_ = Member::other;
};

} // namespace

std::optional<SnapshotInfo> parse_snapshot_info(std::string_view body) {
    boost::json::basic_parser<SnapshotEvents> parser{boost::json::parse_options()};
    if (!read_json(body, parser))
        return std::nullopt;
    return parser.handler().take();
}

} // namespace e2b::core
