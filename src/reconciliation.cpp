#include <e2b/reconcile.hpp>

#include <ostream>

namespace e2b::inline v0 {

std::string_view to_string(Reconciliation::Finding value) noexcept {
    switch (value) {
    case Reconciliation::Finding::created:
        return "created";
    case Reconciliation::Finding::not_created:
        return "not_created";
    case Reconciliation::Finding::unknown:
        return "unknown";
    }
    return "invalid";
}

std::string_view to_string(Reconciliation::Sandbox value) noexcept {
    switch (value) {
    case Reconciliation::Sandbox::running:
        return "running";
    case Reconciliation::Sandbox::said_to_run:
        return "said_to_run";
    case Reconciliation::Sandbox::paused:
        return "paused";
    case Reconciliation::Sandbox::gone:
        return "gone";
    case Reconciliation::Sandbox::unknown:
        return "unknown";
    }
    return "invalid";
}

std::ostream& operator<<(std::ostream& out, Reconciliation::Finding value) {
    return out << to_string(value);
}

std::ostream& operator<<(std::ostream& out, Reconciliation::Sandbox value) {
    return out << to_string(value);
}

} // namespace e2b::inline v0
