// As much of Firebase as the service touches; Maven Central does not have it.
package com.google.firebase.messaging

import android.app.Service
import android.content.Intent
import android.os.IBinder

class RemoteMessage(val data: Map<String, String>, val notification: Notification?) {
  class Notification(val title: String?, val body: String?)
}

open class FirebaseMessagingService : Service() {
  open fun onMessageReceived(message: RemoteMessage) = Unit

  open fun onNewToken(token: String) = Unit

  override fun onBind(intent: Intent?): IBinder? = null
}
