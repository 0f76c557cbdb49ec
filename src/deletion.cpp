#include <e2b/deletion.hpp>

#include <ostream>

namespace e2b::inline v0 {

std::string_view to_string(Deletion value) noexcept {
    switch (value) {
    case Deletion::deleted:
        return "deleted";
    case Deletion::absent:
        return "absent";
    }
    return "invalid";
}

std::ostream& operator<<(std::ostream& out, Deletion value) {
    return out << to_string(value);
}

} // namespace e2b::inline v0
