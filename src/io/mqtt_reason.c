#include "io/autopsy.h"
#include "io/mqtt_inside.h"

const char *
mqtt_reason_str(int reason)
{
	switch (reason) {
	case MQTTREASONCODE_SUCCESS:
		return "ok";
	case MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS:
		return "nobody is subscribed: is the bridge running?";
	case MQTTREASONCODE_NOT_AUTHORIZED:
	case 5: /* MQTT 3.1.1: what a broker too old for MQTT 5 answers */
		return "not authorised: check the broker's ACL";
	case MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD:
	case 4:
		return "wrong user name or password";
	case MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION:
	case 1:
		return AUTOPSY_OLD_BROKER;
	case MQTTREASONCODE_SESSION_TAKEN_OVER:
		return "another client has our client id: give each bridge its "
		       "own [mqtt] client_id";
	case MQTTREASONCODE_SERVER_SHUTTING_DOWN:
		return "the broker is shutting down";
	case MQTTREASONCODE_PACKET_TOO_LARGE:
		return "the broker refuses messages of this size";
	case MQTTREASONCODE_QUOTA_EXCEEDED:
		return "the broker's quota is exceeded";
	default:
		return reason < 0 ? "no answer" : "refused by the broker";
	}
}

const char *
mqtt_entry_reason_str(int reason)
{
	if (reason == MQTTREASONCODE_NOT_AUTHORIZED || reason == 5)
		return "not authorised: wrong user name or password, or none "
		       "where the broker wants one";
	return mqtt_reason_str(reason);
}

const char *
mqtt_objection(const struct mqtt_limits *limits)
{
	if (limits->qos_max == 0)
		return "this broker takes QoS 0 alone, and loses events: nudge "
		       "needs QoS 1";
	if (!limits->has_retain)
		return "this broker keeps nothing that is retained: nudge "
		       "needs that for preferences and devices";
	return NULL;
}
