/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fault points: places where the crash tests kill the process. Nothing of them is in builds without
 * RZ_FAULT_POINTS. */
#ifndef RZ_SUPPORT_FAULT_H
#define RZ_SUPPORT_FAULT_H

#ifdef RZ_FAULT_POINTS
/* The environment variable REZONE_FAULT=NAME:N kills the process (SIGKILL) when the fault point NAME
 * is passed for the N-th time; NAME `*` counts all of them. REZONE_FAULT=NAME:N:stop halts it there
 * (SIGSTOP) until it is told to go on (SIGCONT), `:each` at the N-th and at all that follow.
 * REZONE_FAULT_LOG=FILE appends the name of each point passed. REZONE_FAULT_FLIGHT_MS shortens the
 * wait of `recover` for requests in flight, where servers are near. Safe in threads. */
void rz_fault_point(const char *name);
#define RZ_FAULT(name) rz_fault_point(name)
#else
#define RZ_FAULT(name) ((void)0)
#endif

#endif
