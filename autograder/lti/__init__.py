"""LTI 1.3 as a tool: launches from a learning platform, its member list, grades back to it.

Specifications: imsglobal.org/spec, ``lti/v1p3``, ``security/v1p0``, ``lti-ags/v2p0``,
``lti-nrps/v2p0``, ``lti-dl/v2p0``. Nothing here knows a course, a grade record or a database: what
must outlive a request is kept by the caller, through the protocols ``Logins`` and ``Outbox``.
"""
