#pragma once

#include "base/intrusive_list.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace e2b::engine {

// What waits for the engine, in whatever way: a handler and the executor that it runs on.
class Completion : public boost::intrusive_ref_counter<Completion, boost::thread_safe_counter> {
public:
    virtual ~Completion() = default;

    // Posts the handler to its executor. Throws bad_alloc, with nothing done. After it has returned, nothing
    // more is asked of it.
    virtual void dispatch() = 0;
    // The handler's executor belongs to another context than the engine's, whose end it survives.
    [[nodiscard]] virtual bool is_elsewhere() const noexcept = 0;
    // The handler will never run: lets go of it.
    virtual void abandon() noexcept = 0;

    // The engine's.
    base::ListLink<Completion> completion_link;
    bool accepted = false; // the engine has it, or had it
};

using Completions = base::IntrusiveList<Completion, &Completion::completion_link>;

} // namespace e2b::engine
