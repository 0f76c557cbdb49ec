// What travels over the wire, made and read: everything between bytes and the public types.
#pragma once

#include "core/api_error.hpp"
#include "core/check.hpp"
#include "core/name.hpp"
#include "core/request_encoder.hpp"
#include "core/response.hpp"
#include "core/retry_after.hpp"
#include "core/snapshot_body.hpp"
#include "core/url.hpp"
